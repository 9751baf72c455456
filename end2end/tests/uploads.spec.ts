// A file comes in: looked at first, stored when somebody says so, taken back if they think
// better of it.

import { readFile } from 'node:fs/promises'
import type { Locator, Page } from '@playwright/test'
import { awake, expect, joinNewDepartment, settled, test, upload } from './people'

/** Dates that can be read two ways, a place with a slip of the pen, a negative number. */
const february = `place;date;cases
north;01/02/2024;5
north;02/02/2024;-3
north;03/02/2024;7
south;01/02/2024;8
south;02/02/2024;9
south;03/02/2024;4
`

/** Presses Tab until `wanted` has the focus. */
async function tabTo(page: Page, wanted: Locator) {
  for (let stops = 0; stops < 60; stops++) {
    await page.keyboard.press('Tab')
    if (await wanted.evaluate(element => element === document.activeElement)) return
  }
  throw new Error(`no way to ${wanted}`)
}

/** What the cases page says of a day. */
async function cases(page: Page, day: string) {
  await page.goto('/?from=2024-01-01&to=2024-12-31')
  await page.getByText('Table of the same numbers').first().click()
  return page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: day }) }).getByRole('cell').first()
}

async function journey(page: Page) {
  await joinNewDepartment(page)
  await page.getByRole('link', { name: 'Data' }).click()
  await expect(page.getByRole('link', { name: 'Data' })).toHaveAttribute('aria-current', 'page')
  await upload(page, 'february.csv', february)

  // Nothing is stored, and the page says why not.
  await expect(page.getByText('It cannot be stored yet')).toBeVisible()
  await expect(page.getByRole('button', { name: /^Store/ })).toHaveCount(0)
  const question = page.getByRole('group', { name: /date/i })
  await question.getByRole('radio').first().check()
  await page.getByRole('button', { name: 'Answer and check again' }).click()
  await settled(page)

  await page.getByLabel('Population of north').fill('12,000')
  await page.getByLabel('Name of south').fill('The South')
  await page.getByRole('button', { name: 'Add the ticked places' }).click()
  await settled(page)

  const problem = page.getByRole('row').filter({ hasText: 'negative_count' })
  await expect(problem.getByRole('rowheader')).toHaveText('3')
  await expect(problem).toContainText('-3')
  const coming = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download the refused rows' }).click()
  const refused = (await readFile(await (await coming).path())).toString().trim().split('\n')
  expect(refused).toHaveLength(2)
  expect(refused[0]).toMatch(/^reason;place;date;cases|^reason,place,date,cases/)

  const to = page.url()
  await page.getByRole('button', { name: 'Store 5 values without the 1 refused' }).click()
  await settled(page)
  await expect(page.getByText('5 new, 1 refused.')).toBeVisible()

  await expect(await cases(page, '2024-02-01')).toHaveText('13')
  await expect(page.getByRole('img', { name: /Daily cases, all locations/ }).filter({ visible: true })).toHaveCount(1)

  // The same again has nothing in it.
  await upload(page, 'february.csv', february)
  await expect(page.getByText(/known already, so there is nothing to store/)).toBeVisible()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByText('Nothing of it was stored')).toBeVisible()

  await page.goto(to)
  await page.getByRole('button', { name: /^Undo upload/ }).click()
  await page.goto('/')
  await expect(page.getByText('These locations have not reported anything yet')).toBeVisible()
  await page.goto('/data')
  await page.getByRole('button', { name: /^Redo upload/ }).click()
  await expect(await cases(page, '2024-02-01')).toHaveText('13')
}

test('an epidemiologist uploads a defective file, mends it, stores it and takes it back', { tag: '@phone' }, async ({ page }) => {
  await journey(page)
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('a defective file is mended, stored and taken back all the same', async ({ page }) => {
    await journey(page)
  })
})

test('a file is uploaded and stored without a mouse', async ({ page }) => {
  await joinNewDepartment(page)
  await page.goto('/data')
  const file = page.getByLabel('File')
  await tabTo(page, file)
  // What the key opens is the system's own dialog.
  await file.setInputFiles({ name: 'february.csv', mimeType: 'text/csv', buffer: Buffer.from(february) })
  await tabTo(page, page.getByRole('button', { name: 'Check the file' }))
  await page.keyboard.press('Enter')
  await settled(page)

  const answer = page.getByRole('group', { name: /date/i }).getByRole('radio')
  // A group of radio buttons is one stop: the chosen one, or the first.
  await page.keyboard.press('Tab')
  for (let stops = 0; stops < 60 && !(await answer.evaluateAll(all => all.includes(document.activeElement!))); stops++) {
    await page.keyboard.press('Tab')
  }
  await page.keyboard.press('Space')
  await tabTo(page, page.getByRole('button', { name: 'Answer and check again' }))
  await page.keyboard.press('Enter')
  await settled(page)

  await tabTo(page, page.getByRole('button', { name: 'Add the ticked places' }))
  await page.keyboard.press('Enter')
  await settled(page)
  await tabTo(page, page.getByRole('button', { name: /^Store 5 values/ }))
  await page.keyboard.press('Enter')
  await settled(page)
  await expect(page.getByText('5 new, 1 refused.')).toBeVisible()

  await page.goto('/?from=2024-01-01&to=2024-12-31')
  await awake(page)
})
