import AxeBuilder from '@axe-core/playwright'
import { epidemiologist, expect, signIn, test } from './people'

test('weekly counts are shared by a link that anybody opens, until it is withdrawn @phone', async ({ page, stranger }) => {
  await signIn(page, epidemiologist)
  await page.goto('/data/share')
  await page.getByRole('button', { name: 'Make a link' }).click()
  const link = await page.locator('#link').innerText()

  await stranger.goto(link)
  await expect(stranger.getByRole('heading', { level: 1 })).toHaveText(/: weekly cases$/)
  const table = stranger.getByRole('table')
  await expect(table.locator('tbody tr')).toHaveCount(12)
  // Nothing from 1 to 10 stands in it, and something is hidden.
  const cells = await table.locator('td').allInnerTexts()
  const counts = cells.map(cell => Number(cell.replaceAll(',', ''))).filter(count => !Number.isNaN(count))
  expect(counts.length).toBeGreaterThan(12)
  expect(counts.filter(count => count > 0 && count < 11)).toEqual([])
  const found = await new AxeBuilder({ page: stranger }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
  expect(found.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(node => node.html) }))).toEqual([])
  const download = stranger.waitForEvent('download')
  await stranger.getByRole('link', { name: 'CSV' }).click()
  expect((await download).suggestedFilename()).toMatch(/-weekly-cases\.csv$/)

  await page.getByRole('link', { name: 'Done' }).click()
  const newest = page.locator('.note-cards > li').first()
  await newest.getByText('Withdraw…').click()
  await newest.getByRole('button', { name: 'Withdraw' }).click()
  await expect(newest).toContainText('withdrawn by')
  expect((await stranger.goto(link))?.status()).toBe(404)
})
