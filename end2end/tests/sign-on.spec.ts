// People sign on at their department's own provider, which nobody here wrote.

import type { Browser, Page } from '@playwright/test'
import { expect, join, onboard, signIn, staff, test } from './people'
import { client, issuer, runsHere, startProvider } from './provider'

/** A department of its own, whose lead is signed in and opens the page on single sign-on. */
async function lead(page: Page) {
  await signIn(page, staff)
  const { invitation, contact } = await onboard(page)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await join(page, invitation, contact)
  await page.getByRole('link', { name: 'People' }).click()
  await page.getByRole('link', { name: 'Single sign-on' }).click()
  return {
    domain: contact.split('@')[1],
    redirectUri: await page.locator('#redirect-uri').innerText(),
    address: await page.locator('#sign-on-address').innerText(),
  }
}

/** Fills in the lead's form. */
async function configure(page: Page, domain: string) {
  await page.getByLabel('Issuer').fill(issuer)
  await page.getByLabel('Client id').fill(client.id)
  await page.getByLabel('Client secret').fill(client.secret)
  await page.getByLabel('Domains').fill(domain)
  await page.getByRole('checkbox', { name: 'On: colleagues sign in this way' }).check()
  await page.getByRole('button', { name: 'Save' }).click()
}

/** A browser of somebody's that also visits their provider, whose pages load a font from elsewhere. */
async function visitor(browser: Browser, baseURL: string | undefined) {
  const context = await browser.newContext({ baseURL })
  await context.route(/^https:/, route => route.abort())
  return context.newPage()
}

/** Signs in on the provider's pages, and lets it tell the portal who that is. */
async function signInThere(page: Page, email: string) {
  await expect(page).toHaveURL(new RegExp(`^${issuer}/`))
  await page.getByPlaceholder('Enter any login').fill(email)
  await page.getByPlaceholder('and password').fill('whatever')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
}

test('a lead configures it, and colleagues sign on at their provider', { tag: '@phone' }, async ({ page, browser, baseURL }) => {
  test.skip(!runsHere, 'oidc-provider needs Node 20 or later')
  const { domain, redirectUri, address } = await lead(page)

  // Before there is a provider, nothing is saved and nothing typed is lost.
  await configure(page, domain)
  await expect(page.getByRole('alert')).toContainText('could not be asked for its discovery document')
  await expect(page.getByLabel('Issuer')).toHaveValue(issuer)
  await expect(page.getByLabel('Client secret')).toHaveValue(client.secret)

  const end = await startProvider(redirectUri)
  try {
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByRole('checkbox', { name: 'On: colleagues sign in this way' })).toBeChecked()
    await expect(page.getByRole('alert')).toHaveCount(0)
    await expect(page.getByLabel('Client secret')).toHaveValue('')

    // A colleague who was never invited, by their e-mail address.
    const colleague = await visitor(browser, baseURL)
    await colleague.goto('/login')
    await colleague.getByLabel('Address at work').fill(`nell.new@${domain}`)
    await colleague.getByRole('button', { name: 'Go on' }).click()
    await expect(colleague.getByRole('heading', { level: 1 })).toHaveText('Dogwood Parish')
    await colleague.getByRole('link', { name: 'Go on to 127.0.0.1' }).click()
    await expect(colleague.getByPlaceholder('Enter any login')).toHaveValue(`nell.new@${domain}`)
    await signInThere(colleague, `nell.new@${domain}`)
    await expect(colleague.getByRole('heading', { level: 1 })).toHaveText('Cases')
    await expect(colleague.locator('.banner')).toContainText('Dogwood Parish')
    await expect(colleague.locator('.banner')).toContainText('Nell New')

    // Once more, straight from the department's own address: the provider remembers them.
    await colleague.getByRole('button', { name: 'Sign out' }).click()
    await colleague.goto(address)
    await expect(colleague.getByRole('heading', { level: 1 })).toHaveText('Cases')

    // Somebody of another domain is told so.
    const stranger = await visitor(browser, baseURL)
    await stranger.goto(address)
    await signInThere(stranger, 'nell@elsewhere.example')
    await expect(stranger.getByRole('alert')).toContainText('not one of those that your department lets in')
    await stranger.goto('/')
    await expect(stranger).toHaveURL('/login')

    // And the lead reads what happened.
    await page.goto('/audit?q=sign')
    await expect(page.getByText('sign_on.joined').first()).toBeVisible()
    await expect(page.getByText('single sign-on: the e-mail address is of another domain').first()).toBeVisible()
  } finally {
    await end()
  }
})

test('an address that no department has named is told in words', async ({ page }) => {
  await page.goto('/login')
  await page.getByLabel('Address at work').fill('nobody@nowhere.example')
  await page.getByRole('button', { name: 'Go on' }).click()

  await expect(page.getByRole('alert')).toContainText('No department here signs on with that')
  await expect(page.getByLabel('Address at work')).toHaveValue('nobody@nowhere.example')
})
