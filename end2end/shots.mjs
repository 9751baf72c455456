import { chromium } from 'playwright-core'
const base = process.env.BASE || 'http://127.0.0.1:3960'
const browser = await chromium.launch({ executablePath: '../target/tools/bin/chromium', args: ['--no-sandbox'] })
const shots = JSON.parse(process.env.SHOTS)
for (const [width, scheme] of [[1280, 'light'], [390, 'dark'], [1280, 'dark'], [390, 'light']]) {
  if (process.env.ONLY && !process.env.ONLY.split(',').includes(`${width}${scheme}`)) continue
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme })
  const page = await context.newPage()
  let who = ''
  for (const [name, email, path] of shots) {
    if (who !== email) {
      await context.clearCookies()
      await page.goto(base + '/login')
      await page.getByLabel('E-mail').fill(email); await page.getByLabel('Password').fill('a demo password')
      await page.getByRole('button', { name: 'Sign in' }).click(); await page.waitForURL(u => !u.pathname.startsWith('/login'))
      who = email
    }
    await page.goto(base + path)
    await page.screenshot({ path: `/tmp/shots/${name}-${width}-${scheme}.png`, fullPage: true })
  }
  await context.close()
}
await browser.close()
