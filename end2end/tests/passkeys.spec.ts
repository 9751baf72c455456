import { admin, epidemiologist, expect, fillIn, joinNewDepartment, signIn, test } from './people'
import type { Page } from '@playwright/test'

/** A security key that is plugged in, whose owner is there and shows it. */
async function plugIn(page: Page) {
  const browser = await page.context().newCDPSession(page)
  await browser.send('WebAuthn.enable')
  const { authenticatorId } = await browser.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true,
    },
  })
  return { pullOut: () => browser.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId }) }
}

test('somebody makes a passkey, signs in with it, and proves by it who they are', async ({ page }) => {
  await joinNewDepartment(page)
  await plugIn(page)
  await page.goto('/account')
  await page.getByRole('link', { name: 'Add a passkey' }).click()
  await page.getByLabel('What you call it').fill('Office laptop')
  await page.getByRole('button', { name: 'Add it' }).click()
  await expect(page.getByRole('heading', { name: 'Recovery codes' })).toBeVisible()
  await page.getByRole('link', { name: 'Your account' }).click()
  await expect(page.locator('main')).toContainText('Office laptop')
  await page.getByRole('button', { name: 'Sign out' }).click()

  await page.goto('/people')
  await page.getByRole('link', { name: 'Sign in with a passkey' }).click()
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('People')
})

test('with a passkey the password alone does not open, and the passkey is the second step', async ({ page }) => {
  await joinNewDepartment(page)
  await page.goto('/account')
  const email = (await page.locator('.lead').innerText()).split(', ')[1]
  await plugIn(page)
  await page.getByRole('link', { name: 'Add a passkey' }).click()
  await page.getByRole('button', { name: 'Add it' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await fillIn(page, email, 'four unrelated words here')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('One more step')
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Cases')
})

test('without a passkey at hand the page says so, and the password is a click away', async ({ page }) => {
  const key = await plugIn(page)
  await page.goto('/login/passkey')
  await key.pullOut()
  await page.evaluate(() => {
    navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError'))
  })
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await expect(page.getByRole('alert')).toHaveText('Your browser gave no passkey. Try again, or use another way.')
  await page.getByRole('link', { name: 'Sign in with your password' }).click()
  await fillIn(page, epidemiologist, 'a demo password')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Cases')
})

test('the page where a passkey is used says what it needs where scripts do not run', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL })
  const page = await context.newPage()
  await page.goto('/login')
  await page.getByRole('link', { name: 'Sign in with a passkey' }).click()
  await expect(page.locator('main')).toContainText('A passkey needs a browser of 2025 or later, with JavaScript on.')
  await expect(page.getByRole('button', { name: 'Use a passkey' })).toBeHidden()
  await context.close()
})
