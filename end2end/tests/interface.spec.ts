// The description of the interface for programs, read by people.

import { expect, test } from './people'

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('whoever writes a program reads what can be asked, and finds examples', { tag: '@phone' }, async ({ page }) => {
    await page.goto('/api/docs')
    const contents = page.getByRole('navigation', { name: 'Operations' })
    await contents.getByRole('link', { name: 'GET /api/v1/observations' }).click()
    await expect(page).toHaveURL(/#\w+$/)
    const operation = page.locator(`section[id="${new URL(page.url()).hash.slice(1)}"]`)
    await expect(operation.getByRole('heading', { name: 'Observations' })).toBeInViewport()
    await expect(operation.getByRole('rowheader', { name: 'as_of' })).toBeVisible()
    await operation.getByText('Answers').click()
    await expect(operation.getByRole('rowheader', { name: '401' })).toBeVisible()
    await expect(operation.getByRole('region', { name: /^Request of/ })).toContainText('Authorization: Bearer $CORDON_KEY')

    // What is described is what the portal has.
    const document = await (await page.request.get('/api/v1/openapi.json')).json()
    const described = Object.values<object>(document.paths).flatMap(path => Object.keys(path))
    await expect(contents.getByRole('link')).toHaveCount(described.length)
    await expect(page.locator('main')).not.toContainText('`')

    await page.getByRole('link', { name: 'curl, R and Python' }).click()
    for (const name of ['curl', 'R, with httr2 and ggplot2', 'Python, with httpx and pandas']) {
      await expect(page.getByRole('heading', { name })).toBeVisible()
    }
  })
})
