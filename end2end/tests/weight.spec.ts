import { awake, epidemiologist, expect, fillIn, test } from './people'

test('the first cases page weighs no more than 100 KB, WebAssembly included', async ({ page }) => {
  await page.goto('/login')
  // As if it were the first page: nothing is kept from the one before.
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Network.enable')
  await cdp.send('Network.clearBrowserCache')
  const asked = new Map<string, { path: string; headers: number }>()
  const bodies: Record<string, number> = {}
  cdp.on('Network.responseReceived', ({ requestId, response }) => {
    asked.set(requestId, { path: new URL(response.url).pathname, headers: response.encodedDataLength })
  })
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const { path, headers } = asked.get(requestId) ?? { path: '', headers: 0 }
    // Not the browser's own icons, whose addresses are their data.
    if (path.startsWith('/')) bodies[path.replace(/\.[0-9a-f]{16}/, '')] = encodedDataLength - headers
  })

  await fillIn(page, epidemiologist)
  await awake(page)
  await page.waitForLoadState('networkidle')

  expect(Object.keys(bodies)).toEqual(expect.arrayContaining(['/', '/pkg/cordon.js', '/pkg/cordon_bg.wasm', '/pkg/main.css']))
  for (const [path, bytes] of Object.entries(bodies)) expect(bytes, path).toBeGreaterThan(100)
  const total = Object.values(bodies).reduce((sum, bytes) => sum + bytes, 0)
  expect(total, JSON.stringify(bodies)).toBeLessThanOrEqual(100_000)
})

test('what has a hash in its name is kept for good, and what is private is not kept at all', async ({ page }) => {
  const kept: Record<string, string> = {}
  page.on('response', response => {
    kept[new URL(response.url()).pathname] = response.headers()['cache-control']
  })
  await page.goto('/login')
  await fillIn(page, epidemiologist)
  await awake(page)

  expect(kept['/']).toBe('private, no-store')
  const files = Object.keys(kept).filter(path => path.startsWith('/pkg/'))
  expect(files.length).toBeGreaterThanOrEqual(3)
  for (const path of files) expect(kept[path], path).toBe('public, max-age=31536000, immutable')
})
