import type { Page } from '@playwright/test'
import { epidemiologist, expect, awake, test } from './people'

/** Presses Tab and says what has the focus then. It has to be seen to have it. */
async function tab(page: Page, key = 'Tab') {
  await page.keyboard.press(key)
  const focus = await page.evaluate(() => {
    const here = document.activeElement as HTMLElement
    const style = getComputedStyle(here)
    const place = here.getBoundingClientRect()
    const label = (here as HTMLInputElement).labels?.[0]?.firstChild?.textContent
    return {
      name: (here.getAttribute('aria-label') ?? label ?? here.innerText).trim(),
      outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
      onScreen: place.width > 0 && place.right > 0 && place.bottom > 0
        && place.top < innerHeight && place.left < innerWidth,
    }
  })
  expect(focus, focus.name).toMatchObject({ outlined: true, onScreen: true })
  return focus.name
}

/** Tabs on until something of that name has the focus, and gives what lay on the way. */
async function tabTo(page: Page, name: string | RegExp) {
  const way: string[] = []
  while (way.length < 40) {
    const here = await tab(page)
    if (here !== way.at(-1)) way.push(here)
    if (typeof name === 'string' ? here === name : name.test(here)) return way
  }
  throw new Error(`no way to ${name}: ${way.join(', ')}`)
}

test('the whole job without a mouse', async ({ page }) => {
  await page.goto('/login')
  // The form is ready to type in.
  await expect(page.getByLabel('E-mail')).toBeFocused()
  await page.keyboard.type(epidemiologist)
  await tabTo(page, 'Password')
  await page.keyboard.type('a demo password')
  await page.keyboard.press('Enter')
  await awake(page)

  // The first stop leads past the banner.
  expect(await tab(page)).toBe('Skip to the content')
  await page.keyboard.press('Enter')
  await expect(page.locator('main')).toBeFocused()

  expect(await tabTo(page, 'Bars')).toEqual(['How complete reports are', 'Locations: all', 'From', 'To', 'As known on', 'Bars'])
  await page.keyboard.type('weekly')
  await tabTo(page, 'Show')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/step=week/)
  await awake(page)

  expect(await tabTo(page, 'Table of the same numbers')).toEqual([
    'Skip to the content', 'Cordon', 'Cases', 'Forecast', 'Data', 'Keys', 'Usage', 'People', 'Audit', 'Eli Epidemiologist', 'Sign out', 'How complete reports are',
    'Locations: all', 'From', 'To', 'As known on', 'Bars', 'Cases', 'Axis', 'Show',
    '4 weeks', '90 days', '1 year', 'all', 'Read values', 'CSV', 'SVG', 'PNG', 'Write a note on a day', 'Table of the same numbers',
  ])
  await page.keyboard.press('Enter')
  await expect(page.getByRole('table')).toBeVisible()
  // The table can be scrolled by its own keys.
  expect(await tab(page)).toBe('Table of the same numbers')

  await page.keyboard.press('Shift+Tab')
  expect(await tab(page, 'Shift+Tab')).toBe('Write a note on a day')
})

test('places are chosen without a mouse', async ({ page }) => {
  await page.goto('/login')
  await page.keyboard.type(epidemiologist)
  await page.keyboard.press('Tab')
  await page.keyboard.type('a demo password')
  await page.keyboard.press('Enter')
  await awake(page)

  await tabTo(page, 'Locations: all')
  await page.keyboard.press('Enter')
  await tab(page)
  await tab(page)
  await expect(page.getByLabel('Millbrook')).toBeFocused()
  await page.keyboard.press('Space')
  // Enter in a form is its button.
  await page.keyboard.press('Enter')

  await expect(page).toHaveURL(/location=millbrook/)
  await expect(page.getByText('Locations: 1 of 4')).toBeVisible()
})
