import { readFile } from 'node:fs/promises'
import { epidemiologist, expect, field, onboard, signIn, staff, test } from './people'

test.use({ javaScriptEnabled: false })

test('without JavaScript, an epidemiologist does the same by forms and links', { tag: '@phone' }, async ({ page }) => {
  await signIn(page, epidemiologist)
  await expect(page.getByRole('img', { name: /Daily cases, all locations/ }).filter({ visible: true })).toHaveCount(1)
  // What could not work is not offered.
  await expect(page.locator('#read-values')).toBeHidden()

  await page.getByText('Locations: all').click()
  await page.getByLabel('Millbrook').check()
  await field(page, 'Bars').selectOption('weekly (ISO)')
  await field(page, 'Cases').selectOption('per 100,000')
  await page.getByRole('button', { name: 'Show' }).click()
  await expect(page).toHaveURL(/location=millbrook.*step=week.*unit=per100k/)
  await expect(page.getByRole('img', { name: 'Weekly cases per 100,000, Millbrook' }).filter({ visible: true })).toHaveCount(1)

  await page.getByText('Table of the same numbers').first().click()
  const rate = await page.getByRole('row').nth(1).getByRole('cell').first().innerText()
  const coming = page.waitForEvent('download')
  await page.getByRole('link', { name: 'CSV' }).click()
  const rows = (await readFile(await (await coming).path())).toString().trim().split('\n')
  expect(Number(rows.at(-1)!.split(',')[1])).toBeCloseTo(Number(rate), 0)

  await page.getByRole('link', { name: '4 weeks' }).click()
  await expect(page).toHaveURL(/location=millbrook/)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page).toHaveURL('/login')
})

test('without JavaScript, the key is text to select and there is no button to copy it', async ({ page }) => {
  await signIn(page, staff)
  const { key } = await onboard(page)

  expect(key).toMatch(/^cordon_\w{40,}$/)
  await expect(page.locator('#api-key')).toHaveCSS('user-select', 'all')
  await expect(page.getByRole('button', { name: 'Copy the key' })).toBeHidden()
  await page.locator('#api-key').click()
})
