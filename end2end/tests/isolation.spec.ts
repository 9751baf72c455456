import type { Page } from '@playwright/test'
import { admin, epidemiologist, expect, neighbour, signIn, staff, test } from './people'

/** What is there to see of an answer, without what differs with every one: the nonce. */
async function seen(page: Page, path: string) {
  const answer = await page.request.get(path, { headers: { accept: 'text/html' } })
  const text = (await answer.text()).replace(/nonce="[^"]*"/g, '')
  return { status: answer.status(), text }
}

test("another department's places look exactly like places that do not exist", async ({ page, stranger }) => {
  // Alder's own addresses, as its epidemiologist sees them.
  await signIn(stranger, epidemiologist)
  await stranger.goto('/?location=millbrook&step=week')
  const alders = [
    stranger.url(),
    ...await stranger.locator('.downloads [download]').evaluateAll(links => links.map(link => (link as HTMLAnchorElement).href)),
  ].map(address => address.slice(new URL(address).origin.length))
  expect(alders).toHaveLength(4)
  alders.push('/data/revisions?location=millbrook', '/data/revisions?location=millbrook&date=2026-03-01', '/data/export/file?location=millbrook')

  await signIn(page, neighbour)
  for (const path of alders) {
    const theirs = await seen(page, path)
    const nobodys = await seen(page, path.replace('millbrook', 'no-such-place'))
    expect(theirs.status, path).toBe(404)
    expect(theirs).toEqual(nobodys)
  }
  await page.goto(alders[0])
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Not found')
  await expect(page.locator('body')).not.toContainText(/millbrook|alder/i)
})

test('without a place in the address, each department sees its own', async ({ page, stranger }) => {
  await signIn(stranger, epidemiologist)
  await signIn(page, neighbour)
  for (const path of ['/data/daily.csv', '/charts/daily.svg', '/charts/daily.png']) {
    const [alders, birchs] = [await stranger.request.get(path), await page.request.get(path)]
    expect(alders.headers()['cache-control']).toContain('private')
    expect((await alders.body()).equals(await birchs.body()), path).toBe(false)
  }
  await expect(page.locator('main')).not.toContainText('Alder')
})

const departments = [
  '/', '/data/daily.csv', '/charts/daily.svg', '/charts/daily.png', '/keys', '/usage', '/usage/statement',
  '/people', '/audit', '/audit/lines.csv', '/audit/lines.jsonl', '/usage/statement.csv', '/usage/daily.csv', '/data', '/data/uploads/1', '/data/revisions',
  '/data/annotations', '/data/quality', '/data/export', '/data/export/file', '/data/share',
]
const platform = [
  '/admin', '/admin/break-glass', '/admin/staff', '/admin/audit', '/admin/audit/lines.csv', '/admin/billing', '/admin/billing/costs', '/admin/billing/prices', '/admin/billing/planning',
  '/admin/billing/statements.csv', '/admin/billing/focus.csv', '/admin/billing/attribution.csv', '/admin/billing/tenants/dept_a',
]
const pages = [...departments, ...platform, '/admin/tenants', '/admin/onboard']
for (const [email, own] of [
  [epidemiologist, departments],
  [admin, platform],
  [staff, ['/admin/tenants', '/admin/onboard']],
] as const) {
  test(`${email} finds the pages of other roles as little as any that do not exist`, async ({ page }) => {
    await signIn(page, email)
    const nowhere = await seen(page, '/nowhere')
    expect(nowhere.status).toBe(404)
    for (const path of pages) {
      if (own.includes(path)) {
        expect((await page.request.get(path)).status(), path).toBe(200)
      } else {
        expect(await seen(page, path), path).toEqual(nowhere)
      }
    }
  })
}

test('whoever is not signed in is sent to sign in, from every page', async ({ page }) => {
  for (const path of pages) {
    await page.goto(path)
    const next = new URL(page.url()).searchParams.get('next') ?? '/'
    expect([new URL(page.url()).pathname, next]).toEqual(['/login', path])
  }
})
