import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { admin, epidemiologist, expect, forecast, joinNewDepartment, settled, signIn, test, upload } from './people'

// The demonstration's history is replayed in its first minute.
test.slow()

const chart = (page: Page, name: RegExp) =>
  page.getByRole('img', { name }).filter({ visible: true })

test('an epidemiologist sees what to expect, beside how well that has done', { tag: '@phone' }, async ({ page }) => {
  await signIn(page, epidemiologist)
  await page.getByRole('link', { name: 'Forecast' }).click()
  await forecast(page, '?location=millbrook')

  const outlook = page.locator('.outlook')
  await expect(outlook).toHaveText(/^In the week to \d+ \w+ \d{4} expect about [\d,]+ cases \(95.%: [\d,]+ to [\d,]+\); the chance that cases rise over two weeks is .+%\.$/)
  await expect(page.getByText(/^The model's own forecast is shown, because of its record: at \d\d moments/)).toBeVisible()
  for (const name of [/Daily cases and what to expect, Millbrook/, /reproduction number, Millbrook/, /Past forecasts over what happened, Millbrook/]) {
    await expect(chart(page, name)).toHaveCount(1)
  }
  // Ten moments would not do, and there are more than twenty.
  const all = page.getByRole('row', { name: /^All / }).getByRole('cell')
  expect(Number(await all.nth(0).innerText())).toBeGreaterThanOrEqual(20)
  expect(Number(await all.nth(1).innerText())).toBeLessThanOrEqual(0.9)

  await page.getByText('Table of the forecast').click()
  const first = (await page.getByRole('region', { name: 'Table of the forecast' }).getByRole('row').nth(1).innerText()).split('\t')
  const coming = page.waitForEvent('download')
  await page.getByRole('link', { name: 'CSV, by day' }).click()
  const [head, ...rows] = (await readFile(await (await coming).path())).toString().trim().split('\n').map(row => row.split(','))
  const day = Object.fromEntries(rows.find(row => row[head.indexOf('date')] === first[0])!.map((cell, at) => [head[at], cell]))
  expect(Math.round(Number(day.median))).toBe(Number(first[1].replace(',', '')))
  expect(day.model).toBe('twin')
})

test('an epidemiologist goes back to what was expected three weeks ago', async ({ page }) => {
  await signIn(page, epidemiologist)
  await forecast(page)
  const now = await page.locator('.outlook').innerText()
  const day = new Date(Date.now() - 21 * 86_400_000).toISOString().slice(0, 10)
  await page.getByLabel('As known on').fill(day)
  await page.getByRole('button', { name: 'Show' }).click()

  await expect(page.getByText(/^This is what was known and expected at the end of/)).toBeVisible()
  await expect(page.locator('.outlook')).not.toHaveText(now)

  await page.getByRole('link', { name: 'Show what is expected now' }).click()
  await expect(page.locator('.outlook')).toHaveText(now)
})

test('a run that is asked for is followed to its end', async ({ page }) => {
  await signIn(page, epidemiologist)
  await forecast(page)
  await page.getByRole('button', { name: 'Run now' }).click()

  await expect(page.getByRole('heading', { name: /^Forecast: (waits for its turn|under way)$/ })).toBeVisible()
  await expect(page.getByRole('progressbar')).toBeVisible()
  // The page opens itself again.
  await expect(page.getByRole('progressbar')).toHaveCount(0, { timeout: 30_000 })
  const latest = page.getByRole('region', { name: 'Runs' }).getByRole('row').nth(1)
  await expect(latest).toContainText('done')
  await expect(latest).toContainText(`the page, ${epidemiologist}`)
})

test('whoever uploads has a forecast without asking for one, and is told why it is a flat line', async ({ page }) => {
  await joinNewDepartment(page)
  const start = Date.now() - 84 * 86_400_000
  const day = (at: number) => new Date(start + at * 86_400_000).toISOString().slice(0, 10)
  const rows = Array.from({ length: 84 }, (_, at) => `north,${day(at)},${20 + at % 7}`)
  await upload(page, 'counts.csv', `place,date,cases\n${rows.join('\n')}\n`)
  await page.getByRole('button', { name: 'Add the ticked places' }).click()
  await settled(page)
  await page.getByRole('button', { name: /^Store 84 values/ }).click()
  await settled(page)

  await forecast(page)
  await expect(page.locator('.outlook')).toBeVisible({ timeout: 30_000 })
  await expect(page.getByText(/^A flat line is shown/)).toContainText('no record yet')
  // A replay gives it a record at once.
  await page.getByRole('button', { name: 'Replay history' }).click()
  await expect(page.getByRole('progressbar')).toBeVisible()
  await forecast(page)
  await expect(page.getByText(/^A flat line is shown/)).toContainText(/it was judged at \d+ moments so far, and 20 are needed/)
  await expect(page.getByRole('row', { name: /^All / })).toBeVisible()
})

test('parameters are changed under a new version, and the page says so', async ({ page }) => {
  await joinNewDepartment(page)
  await page.goto('/forecast/parameters')
  await page.getByLabel('Members').fill('a hundred')
  await page.getByLabel('Latent period').fill('4')
  await page.getByRole('button', { name: 'Save as a new version' }).click()
  await expect(page.getByRole('alert')).toContainText('Members')
  await expect(page.getByLabel('Latent period')).toHaveValue('4')

  await page.getByLabel('Members').fill('150')
  await page.getByRole('button', { name: 'Save as a new version' }).click()
  await page.getByRole('button', { name: 'Use these again: Documented defaults' }).click()
  await expect(page.getByLabel('Members')).toHaveValue('100')
})

test('an administrator sees the runs of all departments, and nothing that is in them', async ({ page }) => {
  await signIn(page, admin)
  await page.getByRole('link', { name: 'Runs' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Runs of the model')
  for (const name of ['Alder County', 'Birch Valley', 'Cedar District']) {
    await expect(page.getByRole('cell', { name }).first()).toBeVisible()
  }
  await page.getByLabel("Department's id").fill('dept_b')
  await page.getByRole('button', { name: 'Show' }).click()
  await expect(page).toHaveURL(/tenant=dept_b/)
  await expect(page.getByRole('cell', { name: 'Birch Valley' }).first()).toBeVisible()
  await expect(page.getByRole('cell', { name: 'Alder County' })).toHaveCount(0)
  expect((await page.request.get('/forecast')).status()).toBe(404)
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('a run is asked for, and looked after by hand', { tag: '@phone' }, async ({ page }) => {
    await signIn(page, epidemiologist)
    await forecast(page)
    await expect(chart(page, /Daily cases and what to expect/)).toHaveCount(1)
    await page.getByRole('button', { name: 'Run now' }).click()
    await expect(page.getByRole('progressbar')).toBeVisible()
    await expect(async () => {
      if (await page.getByRole('progressbar').count()) await page.getByRole('link', { name: 'Look again' }).click()
      await expect(page.getByRole('progressbar')).toHaveCount(0, { timeout: 1 })
    }).toPass({ timeout: 60_000 })
    await expect(page.getByRole('region', { name: 'Runs' }).getByRole('row').nth(1)).toContainText('done')
  })
})
