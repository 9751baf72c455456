// A department's person and the keys of their programs.

import { readFileSync } from 'node:fs'

import type { Page } from '@playwright/test'

import { expect, neighbour, signIn, staff, test } from './people'
import { kept } from './secrets'

const open = async (page: Page, key: string) =>
  (await page.request.get('/data/daily.csv', { headers: { authorization: `Bearer ${key}`, cookie: '' } })).status()

const card = (page: Page, key: string) =>
  page.getByRole('listitem').filter({ has: page.getByText(`${key.slice(0, 15)}…`, { exact: true }) })

/** Issues a key, and gives what is shown once. */
async function issue(page: Page, name: string, scopes: string[] = []) {
  await page.goto('/keys')
  await page.getByLabel('Name').fill(name)
  for (const scope of scopes) await page.getByRole('checkbox', { name: new RegExp(`^${scope}`) }).check()
  await page.getByRole('button', { name: 'Issue the key' }).click()
  return page.locator('#api-key').innerText()
}

test('a person issues a key, rotates it, and revokes the one that leaked', { tag: '@phone' }, async ({ page }) => {
  await signIn(page, neighbour)
  await page.getByRole('link', { name: 'Keys' }).click()
  await expect(page.getByRole('link', { name: 'Keys' })).toHaveAttribute('aria-current', 'page')
  await expect(page.getByRole('checkbox', { name: /^read/ })).toBeChecked()
  await expect(page.getByLabel('It lasts')).toHaveValue('1y')

  const name = `nightly import ${Date.now()}`
  const old = await issue(page, name, ['write'])
  // It is among what is looked for when all journeys are over, and so is how this one is signed in.
  const [session] = (await page.context().cookies()).filter(cookie => cookie.name === 'cordon')
  await expect(async () => {
    const secrets = readFileSync(kept, 'utf8')
    for (const secret of [old, session.value, 'a demo password']) expect(secrets).toContain(secret)
  }).toPass({ timeout: 5_000 })
  expect(await open(page, old)).toBe(200)
  // Reloading sends the form again, and that shows nothing.
  expect((await page.reload())?.status()).toBe(409)
  await expect(page.locator('body')).not.toContainText(old)
  await page.getByRole('link', { name: 'All keys' }).click()
  await expect(card(page, old)).toContainText('read, write')
  await expect(card(page, old)).toContainText('last used just now')

  await card(page, old).getByText('Rotate', { exact: true }).click()
  await card(page, old).getByLabel('The old key ends').selectOption('in 7 days')
  await card(page, old).getByRole('button', { name: 'Rotate this key' }).click()
  await expect(page.getByText('The old key ends in 7 days')).toBeVisible()
  const fresh = await page.locator('#api-key').innerText()
  expect([await open(page, old), await open(page, fresh)]).toEqual([200, 200])

  await page.getByRole('link', { name: 'All keys' }).click()
  await expect(card(page, old)).toContainText('expires in 7 days')
  await expect(card(page, fresh)).toContainText(`replaces ${old.slice(0, 15)}…`)

  // The old one turns up where it should not be.
  await page.getByLabel('Text in which a key may be').fill(`#!/bin/sh\ncurl -H "Authorization: Bearer ${old}"\n`)
  await page.getByRole('button', { name: 'Look for keys' }).click()
  await expect(page.getByText('1 key is in the text')).toBeVisible()
  await expect(page.getByText('curl')).toHaveCount(0)
  await card(page, old).getByText('Revoke', { exact: true }).click()
  await expect(card(page, old)).toContainText(`Programs that use “${name}” can no longer read or write`)
  await card(page, old).getByRole('button', { name: 'Revoke this key' }).click()
  expect([await open(page, old), await open(page, fresh)]).toEqual([401, 200])

  await page.getByText('No longer in use').click()
  const row = page.getByRole('row').filter({ hasText: old.slice(0, 15) })
  await expect(row).toContainText('revoked just now')
  await expect(row).toContainText(`replaced by ${fresh.slice(0, 15)}…`)
})

test('staff see to the same keys, and a person sees what staff did', async ({ page, stranger }) => {
  await signIn(stranger, neighbour)
  const key = await issue(stranger, `dashboard ${Date.now()}`)

  await signIn(page, staff)
  await page.goto('/admin/tenants/dept_b/keys')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Keys of dept_b')
  await card(page, key).getByText('Revoke', { exact: true }).click()
  await card(page, key).getByRole('button', { name: 'Revoke this key' }).click()
  await expect(page).toHaveURL('/admin/tenants/dept_b/keys')

  await stranger.goto('/keys')
  await stranger.getByText('No longer in use').click()
  await expect(stranger.getByRole('row').filter({ hasText: key.slice(0, 15) })).toContainText('revoked just now')
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('a key is issued and revoked all the same', async ({ page }) => {
    await signIn(page, neighbour)
    const key = await issue(page, `script ${Date.now()}`)
    await page.getByRole('link', { name: 'All keys' }).click()
    await card(page, key).getByText('Revoke', { exact: true }).click()
    await card(page, key).getByRole('button', { name: 'Revoke this key' }).click()
    await expect(card(page, key)).toHaveCount(0)
    expect(await open(page, key)).toBe(401)
  })
})
