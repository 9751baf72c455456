import { awake, epidemiologist, expect, field, signIn, test } from './people'

test.beforeEach(({ page }) => signIn(page, epidemiologist))

test('an epidemiologist sees the latest 90 days and what they come to', { tag: '@phone' }, async ({ page }) => {
  await expect(page.getByRole('img', { name: /Daily cases, all locations/ }).filter({ visible: true })).toHaveCount(1)

  const figures = page.locator('.stat')
  await expect(figures).toHaveCount(3)
  await expect(figures.nth(0)).toHaveText(/7 days to \d+ \w+ \d{4}[\d,]+ new cases/)
  await expect(figures.nth(1)).toHaveText(/Change[+−]?\d+\s% on the 7 days before/)
  await expect(figures.nth(2)).toHaveText(/Peak of the 7-day mean[\d.,]+ a day on/)
  // In words too, so that nothing hangs on a sign or a colour.
  await expect(page.locator('.lead')).toHaveText(/On average [\d.,]+ a day, .*(more than|fewer than|about as many as)/)
  await expect(page.locator('.lead')).toContainText('incomplete')
  await expect(page.getByText('Simulated data')).toBeVisible()
})

test('an epidemiologist chooses places, days, weeks, rates and a logarithmic axis', { tag: '@phone' }, async ({ page }) => {
  const sevenDays = page.locator('.stat strong').first()
  const everywhere = await sevenDays.innerText()

  await page.getByText('Locations: all').click()
  await page.getByLabel('Millbrook').check()
  await page.getByLabel('North Fork').check()
  await page.getByRole('button', { name: 'Show' }).click()

  await expect(page).toHaveURL(/\?location=millbrook&location=north-fork&/)
  await expect(page.getByText('Locations: 2 of 4')).toBeVisible()
  expect(Number(await sevenDays.innerText())).toBeLessThan(Number(everywhere))

  const last = new Date(await field(page, 'To').inputValue())
  const day = (before: number) => new Date(last.getTime() - before * 86_400_000).toISOString().slice(0, 10)
  await field(page, 'From').fill(day(120))
  await field(page, 'To').fill(day(30))
  await field(page, 'Bars').selectOption('weekly (ISO)')
  await field(page, 'Cases').selectOption('per 100,000')
  await field(page, 'Axis').selectOption('logarithmic')
  await page.getByRole('button', { name: 'Show' }).click()

  const address = new URL(page.url()).searchParams
  expect(address.getAll('location')).toEqual(['millbrook', 'north-fork'])
  expect([address.get('from'), address.get('to')]).toEqual([day(120), day(30)])
  expect([address.get('step'), address.get('unit'), address.get('scale')]).toEqual(['week', 'per100k', 'log'])
  const title = 'Weekly cases per 100,000, Millbrook and North Fork'
  const chart = page.getByRole('img', { name: title }).filter({ visible: true })
  await expect(chart).toContainText('log scale')
  // Weeks are whole: the first Monday to be seen is on or before the day asked for.
  const monday = new Date(await page.locator('.numbers tbody th').last().textContent() ?? '')
  expect(monday.getUTCDay()).toBe(1)
  expect(monday.getTime()).toBeLessThanOrEqual(new Date(day(120)).getTime())
  // These days are long complete, so there is no caveat.
  await expect(page.locator('.lead')).not.toContainText('incomplete')

  // The address is the question: whoever opens it sees the same.
  await page.goto(page.url())
  await expect(chart).toBeVisible()
  await expect(field(page, 'Axis')).toHaveValue('log')
})

test('an epidemiologist goes from one usual span to the next', async ({ page }) => {
  const spans = page.getByRole('navigation', { name: 'Days to show' })
  await expect(spans.locator('[aria-current]')).toHaveText('90 days')

  await spans.getByRole('link', { name: '4 weeks' }).click()

  await expect(page.locator('.numbers tbody tr')).toHaveCount(28)
  await expect(spans.locator('[aria-current]')).toHaveText('4 weeks')
})

test('days the wrong way round come back as they were typed, with what to do', async ({ page }) => {
  await field(page, 'From').fill('2026-03-01')
  await field(page, 'To').fill('2026-02-01')
  await page.getByRole('button', { name: 'Show' }).click()

  await expect(page.getByRole('alert')).toContainText('exchange them')
  await expect(field(page, 'From')).toHaveValue('2026-03-01')
})

test('the table holds the number that was read from the chart', { tag: '@phone' }, async ({ page, isMobile }) => {
  await awake(page)
  const reading = page.locator('.slider output')
  await expect(reading).toHaveText('Move along the chart or the slider to read values')

  await page.locator('.reader').scrollIntoViewIfNeeded()
  const chart = (await page.locator('.reader').boundingBox())!
  const [x, y] = [chart.x + chart.width * 0.6, chart.y + chart.height / 2]
  await (isMobile ? page.touchscreen.tap(x, y) : page.mouse.move(x, y))
  await expect(reading).toHaveText(/^\w{3} \d+ \w{3} \d{4}: [\d.,]+ new cases, 7-day mean [\d.,]+/)

  const [, day, cases, mean] = /^\w+ ([^:]+): ([\d.,]+) new cases, 7-day mean ([\d.,]+)/.exec(await reading.innerText())!
  const date = new Date(`${day} UTC`).toISOString().slice(0, 10)
  await page.getByText('Table of the same numbers').first().click()
  const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: date }) })
  await expect(row.getByRole('cell')).toHaveText([cases, mean, '–', 'complete'])

  // And the line stands on the day's own place of the chart.
  const line = (await page.locator('.cursor line').boundingBox())!
  expect(Math.abs(line.x + line.width / 2 - x)).toBeLessThan(chart.width / 90)
})

test('the arrow keys read one day after the other', async ({ page }) => {
  await awake(page)
  const slider = page.getByRole('slider', { name: 'Read values' })
  await slider.focus()
  const days = await page.locator('.numbers tbody th').allTextContents()
  const said = async () => {
    const [, day] = /^\w+ ([^:]+):/.exec((await slider.getAttribute('aria-valuetext'))!)!
    return new Date(`${day} UTC`).toISOString().slice(0, 10)
  }

  expect(await said()).toBe(days[0])
  await page.keyboard.press('ArrowLeft')
  expect(await said()).toBe(days[1])
  await page.keyboard.press('Home')
  expect(await said()).toBe(days.at(-1))
  await page.keyboard.press('ArrowRight')
  expect(await said()).toBe(days.at(-2))
  await expect(page.locator('.slider output')).toHaveText((await slider.getAttribute('aria-valuetext'))!)
})
