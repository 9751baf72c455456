import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { epidemiologist, expect, signIn, test } from './people'

async function download(page: Page, kind: string) {
  const coming = page.waitForEvent('download')
  await page.getByRole('link', { name: kind, exact: true }).click()
  const file = await coming
  expect(file.suggestedFilename()).toBe(`dept_a-daily-cases.${kind.toLowerCase()}`)
  return readFile(await file.path())
}

test.beforeEach(async ({ page }) => {
  await signIn(page, epidemiologist)
  await page.goto('/?location=millbrook')
})

test('an epidemiologist takes the table away as CSV', async ({ page }) => {
  const [head, ...rows] = (await download(page, 'CSV')).toString().trim().split('\n')

  expect(head).toBe('date,new_cases,mean_7_days,status,expected_low,expected,expected_high,annotation')
  const shown = await page.locator('.numbers tbody tr').evaluateAll(rows =>
    rows.map(row => [...row.children].slice(0, 2).map(cell => cell.textContent).join(',')))
  expect(rows.map(row => row.split(',').slice(0, 2).join(',')).reverse()).toEqual(shown)
})

test('an epidemiologist takes the chart away as SVG, which stands on its own', async ({ page }) => {
  const svg = (await download(page, 'SVG')).toString()

  const drawn = await page.evaluate(text => {
    const drawing = new DOMParser().parseFromString(text, 'image/svg+xml')
    return {
      root: drawing.documentElement.nodeName,
      title: drawing.querySelector('title')?.textContent,
      marks: drawing.querySelectorAll('path, rect, line').length,
    }
  }, svg)
  expect(drawn).toMatchObject({ root: 'svg', title: 'Daily cases, Millbrook' })
  expect(drawn.marks).toBeGreaterThan(3)
  expect(svg).not.toMatch(/<script|href=|url\(http/)
})

test('an epidemiologist takes the chart away as PNG', async ({ page }) => {
  const png = await download(page, 'PNG')

  const size = await page.evaluate(async bytes => {
    const picture = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: 'image/png' }))
    return [picture.width, picture.height]
  }, [...png])
  expect(size).toEqual([960, 400])
})
