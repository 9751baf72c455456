import AxeBuilder from '@axe-core/playwright'
import { expect, test } from '@playwright/test'

test('a stranger can reach the sign-in page', { tag: '@phone' }, async ({ page }) => {
  await page.goto('/login')

  await expect(page.getByLabel(/e-?mail/i)).toBeEditable()
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
})
