import { chromium } from 'playwright-core'
const base = 'http://127.0.0.1:3960'
const browser = await chromium.launch({ executablePath: '../target/tools/bin/chromium', args: ['--no-sandbox'] })
const page = await (await browser.newContext()).newPage()
await page.goto(base + '/login')
await page.getByLabel('E-mail').fill('admin@cordon.example'); await page.getByLabel('Password').fill('a demo password')
await page.getByRole('button', { name: 'Sign in' }).click(); await page.waitForURL(u => !u.pathname.startsWith('/login'))
await page.goto(`${base}/admin/billing/tenants/dept_a?month=2026-10`)
await page.locator('#line').fill('2'); await page.getByLabel('The right amount').fill('1.50'); await page.getByLabel('Why').fill('calls of a test that went astray'); await page.getByRole('button', { name: 'Correct', exact: true }).click()
await page.goto(`${base}/admin/billing/tenants/dept_a`); await page.getByLabel('Notice at').fill('0.01'); await page.getByLabel('End at').fill('50'); await page.getByRole('button', { name: 'Set' }).click()
console.log(page.url()); await browser.close()
