import { awake, epidemiologist, expect, signIn, test } from './people'

// The README's picture. The run makes it; CORDON_SCREENSHOT=1 also puts it where the README
// looks for it.
test('the cases page has its picture taken', async ({ page }, info) => {
  await page.setViewportSize({ width: 1280, height: 1060 })
  await signIn(page, epidemiologist)
  await awake(page)
  const chart = (await page.locator('.reader').boundingBox())!
  await page.mouse.move(chart.x + chart.width * 0.7, chart.y + chart.height / 2)
  await expect(page.locator('.slider output')).toHaveText(/new cases/)

  const path = process.env.CORDON_SCREENSHOT === '1' ? 'portal.png' : info.outputPath('portal.png')
  const picture = await page.screenshot({ path })

  expect(picture.length).toBeGreaterThan(20_000)
  expect(picture.length).toBeLessThan(200_000)
})
