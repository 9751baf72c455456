import { admin, expect, signIn, test } from './people'

test.beforeEach(({ page }) => signIn(page, admin))

test('an administrator sees every department on one chart', { tag: '@phone' }, async ({ page }) => {
  const chart = page.locator('figure svg').filter({ visible: true })
  await expect(chart).toHaveCount(1)
  await expect(chart).toHaveAccessibleName(/Daily cases: the shared table across all tenants/)
  for (const words of ['Daily cases', 'Alder County', 'Birch Valley', 'Cedar District']) {
    await expect(chart.getByText(words).last()).toBeVisible()
  }
  // steelblue, firebrick, darkgreen
  for (const colour of ['#4682B4', '#B22222', '#006400']) {
    await expect(chart.locator(`[stroke="${colour}"]`).first()).toBeAttached()
  }
})

test('an administrator sorts the table, and every line keeps its colour', async ({ page }) => {
  const chart = page.locator('figure .wide svg')
  const drawn = await chart.innerHTML()
  const cases = async () => {
    const cells = await page.locator('.departments tbody td:nth-child(2)').allInnerTexts()
    return cells.filter(cell => cell !== '–').map(Number)
  }

  await page.getByRole('link', { name: 'Last 7 days' }).click()
  await expect(page).toHaveURL(/sort=cases/)
  await expect(page.getByRole('columnheader', { name: 'Last 7 days' })).toHaveAttribute('aria-sort', 'descending')
  const sorted = await cases()
  expect(sorted.length).toBeGreaterThan(2)
  expect(sorted).toEqual([...sorted].sort((a, b) => b - a))
  expect(await chart.innerHTML()).toBe(drawn)

  await page.getByRole('link', { name: 'Change' }).click()
  const changes = (await page.locator('.departments tbody td:nth-child(3)').allInnerTexts())
    .filter(cell => cell !== '–').map(cell => parseFloat(cell.replace('−', '-')))
  expect(changes).toEqual([...changes].sort((a, b) => b - a))
  expect(await chart.innerHTML()).toBe(drawn)
})

test('an administrator looks at days long past, with the figures of those days', async ({ page }) => {
  const last = new Date(await page.getByLabel('90 days to').inputValue())
  const past = new Date(last.getTime() - 200 * 86_400_000).toISOString().slice(0, 10)
  const figures = page.locator('.departments tbody tr', { hasText: 'dept_a' }).getByRole('cell')
  const now = await figures.first().innerText()

  await page.getByLabel('90 days to').fill(past)
  await page.getByRole('button', { name: 'Show' }).click()

  await expect(page.getByLabel('90 days to')).toHaveValue(past)
  await expect(figures.first()).toHaveText(/^[\d,]+$/)
  expect(await figures.first().innerText()).not.toBe(now)
})
