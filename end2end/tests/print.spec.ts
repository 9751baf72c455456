import { awake, epidemiologist, expect, signIn, test } from './people'

test('printed, the cases are a chart and its table, without what needs a screen', async ({ page }) => {
  await signIn(page, epidemiologist)
  await awake(page)
  await page.emulateMedia({ media: 'print' })

  await expect(page.locator('.epi-curve svg').first()).toBeVisible()
  await expect(page.locator('.stats')).toBeVisible()
  // It is printed even where nobody opened it on the screen.
  await expect(page.locator('.numbers')).not.toHaveAttribute('open')
  await expect(page.getByRole('table')).toBeVisible()
  const rows = page.locator('.numbers tbody tr')
  await expect(rows).toHaveCount(90)
  expect((await rows.last().boundingBox())!.height).toBeGreaterThan(10)
  for (const control of ['nav', 'form', '.slider', '.downloads', '.skip', 'button']) {
    for (const one of await page.locator(control).all()) await expect(one).toBeHidden()
  }
  // Whose cases they are, and that they are simulated.
  await expect(page.getByText('Alder County Health Department')).toBeVisible()
  await expect(page.getByText('Simulated data')).toBeVisible()

  const pdf = await page.pdf({ format: 'A4' })
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
  // Ninety rows do not fit on the chart's sheet.
  expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)!.length).toBeGreaterThan(1)
})
