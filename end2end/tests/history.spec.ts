// What was known when, what people noted of it, and what somebody should look at.

import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { epidemiologist, expect, field, neighbour, signIn, test } from './people'

/** So many days before the latest reported one, on the cases page. */
async function daysBefore(page: Page, days: number) {
  const last = new Date(await field(page, 'To').inputValue())
  return new Date(last.getTime() - days * 86_400_000).toISOString().slice(0, 10)
}

/** `3 March 2026`. */
const inWords = (day: string) =>
  new Date(day).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })

const chart = (page: Page) => page.locator('svg.chart').filter({ visible: true })

test('cases are seen as they were known on an earlier day, and now again', { tag: '@phone' }, async ({ page }) => {
  await signIn(page, epidemiologist)
  const [first, then] = [await daysBefore(page, 36), await daysBefore(page, 30)]
  const sevenDays = page.locator('.stat strong').first()
  await field(page, 'From').fill(first)
  await field(page, 'To').fill(then)
  await page.getByRole('button', { name: 'Show' }).click()
  await expect(page).toHaveURL(new RegExp(`to=${then}`))
  const now = Number(await sevenDays.innerText())

  await field(page, 'As known on').fill(then)
  await page.getByRole('button', { name: 'Show' }).click()
  await expect(page.getByText(`This is what was known at the end of ${inWords(then)}`)).toBeVisible()
  // Late reports had not arrived, and what was expected of them could be said.
  expect(Number(await sevenDays.innerText())).toBeLessThan(now)
  await expect(page.locator('.lead')).toContainText('incomplete')
  await expect(chart(page)).toContainText('expected in the end')
  // The file is of the same day.
  const coming = page.waitForEvent('download')
  await page.getByRole('link', { name: 'CSV', exact: true }).click()
  const rows = (await readFile(await (await coming).path())).toString().trim().split('\n').slice(1)
  const cases = rows.slice(-7).map(row => Number(row.split(',')[1]))
  expect(cases.reduce((sum, one) => sum + one)).toBe(Number(await sevenDays.innerText()))

  await page.getByRole('link', { name: 'Show what is known now' }).click()
  await expect(sevenDays).toHaveText(String(now))
  await expect(field(page, 'To')).toHaveValue(then)
  await expect(field(page, 'As known on')).toHaveValue('')
})

test('the revisions of a day are a step from its row in the table', { tag: '@phone' }, async ({ page }) => {
  await signIn(page, epidemiologist)
  await page.goto('/?location=millbrook')
  const day = await daysBefore(page, 20)
  await page.getByText('Table of the same numbers').first().click()
  const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: day }) })
  const now = await row.getByRole('cell').first().innerText()
  await row.getByRole('link', { name: day }).click()

  await expect(page.getByRole('heading', { name: `Millbrook, ${inWords(day)}` })).toBeVisible()
  await expect(page.getByRole('link', { name: 'Data' })).toHaveAttribute('aria-current', 'true')
  const revisions = page.getByRole('region', { name: 'Revisions of this day' }).locator('tbody tr')
  // The latest stands first, and is what the table says now.
  await expect(revisions.first().getByRole('cell').first()).toHaveText(now)
  const known = (await revisions.locator('td:nth-child(2)').allInnerTexts()).map(Number).reverse()
  expect(known.length).toBeGreaterThan(1)
  expect(known).toEqual([...known].sort((a, b) => a - b))
  // Known from no day before the one it is about.
  for (const from of await revisions.getByRole('rowheader').allInnerTexts()) expect(from >= day, from).toBe(true)

  // And all places of that day.
  await page.getByLabel('Location').selectOption('all')
  await page.getByRole('button', { name: 'Show' }).click()
  await page.getByRole('row', { name: /^Millbrook/ }).getByRole('link').click()
  await expect(page).toHaveURL(/location=millbrook/)
})

test('a note is numbered on the chart, and gone when it is taken back', { tag: '@phone' }, async ({ page }) => {
  await signIn(page, neighbour)
  const day = await daysBefore(page, 10)
  const words = `Laboratory closed ${Date.now()}`
  const listed = page.getByRole('region', { name: 'Notes on the chart' }).getByRole('listitem').filter({ hasText: words })
  const marks = () => chart(page).locator('text').evaluateAll(all => all.filter(one => /^\d$/.test(one.textContent!)).length)
  const before = await marks()

  await page.getByRole('link', { name: 'Write a note on a day' }).click()
  await page.getByLabel('First day').fill(day)
  await page.getByLabel('Kind').selectOption('Outage')
  await page.getByLabel('What happened').fill(words)
  await page.getByRole('button', { name: 'Write the note' }).click()
  await expect(page).toHaveURL('/data/annotations')

  await page.goto('/')
  await expect(listed).toContainText(`Outage, ${inWords(day)}: ${words}`)
  expect(await marks()).toBe(before + 1)
  await expect(chart(page)).toContainText('note')

  await page.goto('/data/annotations')
  const card = page.getByRole('listitem').filter({ hasText: words })
  await card.getByRole('button', { name: /^Take back/ }).click()
  // Not what was meant: it is back with one step.
  await page.getByRole('button', { name: 'Put it back' }).click()
  await page.goto('/')
  await expect(listed).toBeVisible()

  await page.goto('/data/annotations')
  await card.getByRole('button', { name: /^Take back/ }).click()
  await expect(page.getByRole('status')).toContainText(`The note of ${inWords(day)} was taken back`)
  await page.goto('/')
  await expect(listed).toHaveCount(0)
  expect(await marks()).toBe(before)
})

test('what somebody should look at leads to its days', { tag: '@phone' }, async ({ page }) => {
  await signIn(page, neighbour)
  await page.goto('/data/quality')
  const gap = page.getByRole('region', { name: 'Gaps' }).locator('tbody tr').first()
  const place = await gap.getByRole('rowheader').innerText()
  const days = await gap.getByRole('link').innerText()

  await gap.getByRole('link').click()
  await expect(page.getByRole('img', { name: `Daily cases, ${place}` }).filter({ visible: true })).toHaveCount(1)
  await page.getByText('Table of the same numbers').first().click()
  const [first] = days.split(' to ')
  const day = new Date(`${first} UTC`).toISOString().slice(0, 10)
  const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: day }) })
  await expect(row).toContainText('not reported')
})

test('an export has the rows of the page', { tag: '@phone' }, async ({ page }) => {
  await signIn(page, epidemiologist)
  await page.goto('/?location=millbrook')
  const [first, last] = [await daysBefore(page, 60), await daysBefore(page, 40)]
  await page.getByText('Table of the same numbers').first().click()
  const shown = (await page.locator('.numbers tbody tr').evaluateAll(rows =>
    rows.map(row => [row.children[0].textContent, row.children[1].textContent]))).reverse()
    .filter(([day]) => day! >= first && day! <= last)
  expect(shown).toHaveLength(21)

  await page.goto('/data/export')
  await page.getByText(/^Locations; none chosen/).click()
  await page.getByLabel('Millbrook').check()
  await page.getByLabel('From').fill(first)
  await page.getByLabel('To', { exact: true }).fill(last)
  const coming = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download' }).click()
  const file = await coming
  expect(file.suggestedFilename()).toMatch(/^dept_a-csv-\d{4}-\d\d-\d\d\.csv$/)
  const lines = (await readFile(await file.path())).toString().trim().split('\n')
  const rows = lines.filter(line => !line.startsWith('#')).map(line => line.split(','))
  const [head, ...values] = rows
  const [location, date, cases] = ['location_id', 'date', 'new_cases'].map(name => head.indexOf(name))
  expect(values.map(row => [row[date], row[cases]])).toEqual(shown)
  expect(new Set(values.map(row => row[location]))).toEqual(new Set(['millbrook']))
})
