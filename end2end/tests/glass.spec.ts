import AxeBuilder from '@axe-core/playwright'
import { admin, expect, signIn, test } from './people'

test('an administrator looks inside a department under a banner, changes nothing, and is seen', async ({ page, stranger }) => {
  const reason = 'Their lead asked by phone why June is empty'
  await signIn(page, admin)
  await page.goto('/admin/break-glass')
  await page.getByLabel("Department's id").fill('dept_c')
  await page.getByLabel('Reason').fill(reason)
  await page.getByRole('button', { name: 'Look inside' }).click()

  const banner = page.getByRole('complementary', { name: 'Break glass' })
  await expect(banner).toContainText('You look into Cedar District Health Unit until')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Cases')
  const found = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()
  expect(found.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(node => node.html) }))).toEqual([])

  await page.goto('/data/annotations')
  await page.getByLabel('First day').fill('2026-11-01')
  await page.getByLabel('What happened').fill('I was here')
  await page.getByRole('button', { name: 'Write the note' }).click()
  await expect(page.locator('main')).toContainText('You look into Cedar District Health Unit and change nothing there')

  await page.goBack()
  await banner.getByRole('button', { name: 'End now' }).click()
  await expect(page.getByRole('table')).toContainText(reason)
  expect((await page.goto('/'))?.status()).toBe(404)

  await signIn(stranger, 'epi@dept-c.example')
  const told = stranger.getByRole('complementary', { name: 'Break glass' })
  await expect(told).toContainText(`${admin}, who runs the platform, looked into this department`)
  await expect(told).toContainText(reason)
  await told.getByRole('link', { name: 'See what was read' }).click()
  await expect(stranger.getByRole('table').first()).toContainText('/data/annotations')
})
