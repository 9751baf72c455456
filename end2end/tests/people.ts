// Who walks through the portal, and what is true wherever they go: no page complains in the
// browser's console, breaks the content security policy, or asks another site for anything.

import { createHmac } from 'node:crypto'

import { type BrowserContext, type Page, expect, test as base } from '@playwright/test'

import { keepSecrets } from './secrets'

export const epidemiologist = 'epi@dept-a.example'
export const neighbour = 'epi@dept-b.example'
export const admin = 'admin@cordon.example'
export const staff = 'onboarding@cordon.example'

const password = 'a demo password'

export async function signIn(page: Page, email: string, secret = password) {
  await page.goto('/login')
  await fillIn(page, email, secret)
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible()
}

/** Signs in on the page that is there, wherever that then leads. */
export async function fillIn(page: Page, email: string, secret = password) {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(secret)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** The islands are awake: what only they offer is there. */
export async function awake(page: Page) {
  await expect(page.getByRole('slider', { name: 'Read values' })).toBeVisible()
}

/** A field of the form above the chart, by its label. */
export const field = (page: Page, label: string) =>
  page.getByRole('form', { name: 'What to show' }).locator('label', { hasText: new RegExp(`^${label}`) }).locator('input, select')

/** Fills in the form for a department that nobody has brought on before. */
export async function fillInDepartment(page: Page) {
  const tenant = `e2e_${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`
  await page.goto('/admin/onboard')
  await page.getByLabel('Tenant id').fill(tenant)
  await page.getByLabel('Name of the health department').fill('Dogwood Parish')
  await page.getByLabel("Contact's e-mail").fill(`contact@${tenant.replace('_', '-')}.example`)
  return tenant
}

/** Brings a department on, and gives what is shown once. */
export async function onboard(page: Page) {
  const tenant = await fillInDepartment(page)
  await page.getByRole('button', { name: 'Onboard' }).click()
  const key = await page.locator('#api-key').innerText()
  const invitation = await page.locator('#invitation').innerText()
  return { tenant, key, invitation, contact: `contact@${tenant.replace('_', '-')}.example` }
}

/** Brings a department on, and is its first person, signed in: nothing was ever reported. */
export async function joinNewDepartment(page: Page) {
  await signIn(page, staff)
  const { invitation, contact } = await onboard(page)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await join(page, invitation, contact)
  await expect(page.getByText('Nothing has been reported yet')).toBeVisible()
}

/** Answers an invitation, and signs in. */
export async function join(page: Page, invitation: string, contact: string) {
  await page.goto(invitation)
  await page.getByLabel('Your name').fill('Dana Dogwood')
  await page.getByLabel('Choose a password').fill('four unrelated words here')
  await page.getByRole('button', { name: 'Join' }).click()
  await fillIn(page, contact, 'four unrelated words here')
}

/** Sets up an authenticator app for whoever is signed in, and gives what it shares with the portal. */
export async function setUpSecondFactor(page: Page) {
  await page.goto('/account/second-factor')
  const secret = await page.locator('#totp-secret').innerText()
  await page.getByLabel('Code', { exact: true }).fill(codeOf(secret, Date.now()))
  await page.getByRole('button', { name: 'Set it up' }).click()
  await expect(page.getByRole('heading', { name: 'Recovery codes' })).toBeVisible()
  return secret
}

/** What an authenticator app shows at a moment: TOTP (RFC 6238). */
export function codeOf(secret: string, milliseconds: number) {
  const bits = [...secret.replaceAll(' ', '')]
    .map(digit => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(digit).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map(byte => parseInt(byte, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(milliseconds / 30_000)))
  const mac = createHmac('sha1', key).update(step).digest()
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** Uploads a file, and opens its page once it was looked at. */
export async function upload(page: Page, name: string, text: string) {
  await page.goto('/data')
  await page.getByLabel('File').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })
  await page.getByRole('button', { name: 'Check the file' }).click()
  await settled(page)
}

/** The page of an upload with which nothing is being done any more. */
export async function settled(page: Page) {
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^Upload \d+: /)
  await expect(async () => {
    if (await page.getByRole('progressbar').count()) await page.reload()
    await expect(page.getByRole('progressbar')).toHaveCount(0, { timeout: 1 })
  }).toPass({ timeout: 60_000 })
}

/** A page of the forecast, once no run is under way or waits. */
export async function forecast(page: Page, query = '') {
  await expect(async () => {
    await page.goto(`/forecast${query}`)
    await expect(page.getByRole('progressbar')).toHaveCount(0, { timeout: 1 })
  }).toPass({ timeout: 120_000, intervals: [1_000] })
}

/** A department among all of them, found by its id. */
export async function findDepartment(page: Page, tenant: string) {
  await page.goto('/admin/tenants')
  await page.getByLabel('Name, id or contact').fill(tenant)
  await page.getByRole('button', { name: 'Find' }).click()
  const cards = page.getByRole('main').getByRole('listitem')
  await expect(cards).toHaveCount(1)
  await expect(cards).toContainText(tenant)
  return cards
}

/** Collects what no page of ours should do. */
export function watch(context: BrowserContext, origin: string, javaScript: boolean | undefined): string[] {
  const faults: string[] = []
  const refused = new Set<string>()
  context.on('request', request => {
    const asked = new URL(request.url())
    if (asked.protocol.startsWith('http') && asked.origin !== origin) {
      faults.push(`asked another site: ${asked}`)
    }
  })
  context.on('response', response => {
    // The browser calls each page with an error's status a failure; journeys ask for some.
    if (response.request().isNavigationRequest() && response.status() >= 400) {
      refused.add(response.url())
    }
  })
  context.on('console', message => {
    const isRefusal = message.text().startsWith('Failed to load resource') && refused.has(message.location().url)
    // The islands are fetched early; a browser without JavaScript says that it has no use for them.
    const isUnused = javaScript === false && message.text().includes('preloaded using link preload but not used')
    if ((message.type() === 'error' || message.type() === 'warning') && !isRefusal && !isUnused) {
      faults.push(`${message.type()} on ${message.page()?.url()}: ${message.text()}`)
    }
  })
  context.on('weberror', error => faults.push(`error: ${error.error().message}`))
  return faults
}

type Fixtures = {
  /** Another browser, with nothing of the first one's. */
  stranger: Page
}

export const test = base.extend<Fixtures>({
  context: async ({ context, baseURL, javaScriptEnabled }, use) => {
    const faults = watch(context, baseURL!, javaScriptEnabled)
    const reading = keepSecrets(context)
    await use(context)
    await Promise.all(reading)
    expect(faults).toEqual([])
  },
  stranger: async ({ browser, baseURL, contextOptions }, use) => {
    const context = await browser.newContext({ ...contextOptions, baseURL })
    const faults = watch(context, baseURL!, contextOptions.javaScriptEnabled)
    const reading = keepSecrets(context)
    await use(await context.newPage())
    await Promise.all(reading)
    expect(faults).toEqual([])
    await context.close()
  },
})

export { expect }
