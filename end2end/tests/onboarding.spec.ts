import { epidemiologist, expect, fillIn, fillInDepartment, findDepartment, onboard, signIn, staff, test } from './people'

test('staff bring a department on, and its contact comes in', async ({ page, stranger }) => {
  await signIn(page, staff)
  const { tenant, key, invitation, contact } = await onboard(page)

  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`${tenant} is on board`)
  await expect(page.getByText('This is the only time the key is shown')).toBeVisible()

  await stranger.goto(invitation)
  await expect(stranger.getByRole('heading', { level: 1 })).toHaveText('Join Dogwood Parish')
  await expect(stranger.getByLabel('E-mail')).toHaveValue(contact)
  await stranger.getByLabel('Your name').fill('Dana Dogwood')
  await stranger.getByLabel('Choose a password').fill('four unrelated words here')
  await stranger.getByRole('button', { name: 'Join' }).click()
  await fillIn(stranger, contact, 'four unrelated words here')

  await expect(stranger.getByRole('heading', { level: 1 })).toHaveText('Cases')
  await expect(stranger.getByText('Nothing has been reported yet')).toBeVisible()
  await expect(stranger.locator('.banner')).toContainText('Dogwood Parish')
  await expect(stranger.locator('.banner')).toContainText('Dana Dogwood')

  // The link worked once.
  expect((await stranger.goto(invitation))?.status()).toBe(404)

  // The key opens the department's file, and shows that it was used.
  const file = await stranger.request.get('/data/daily.csv', { headers: { authorization: `Bearer ${key}`, cookie: '' } })
  expect(await file.text()).toBe('date,new_cases,mean_7_days,status,expected_low,expected,expected_high,annotation\n')
  const card = await findDepartment(page, tenant)
  await expect(card.getByRole('cell').nth(2)).toHaveText('just now')
  await expect(card.getByText(key)).toHaveCount(0)
  await expect(card.getByRole('cell').first()).toHaveText(`${key.slice(0, 15)}…first key`)
})

test('staff copy the key and the link', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await signIn(page, staff)
  const { key, invitation } = await onboard(page)

  const copied = () => page.evaluate(() => navigator.clipboard.readText())
  await page.getByRole('button', { name: 'Copy the key' }).click()
  await expect(page.getByRole('status').first()).toHaveText('Copied to the clipboard')
  expect(await copied()).toBe(key)
  await page.getByRole('button', { name: 'Copy the link' }).click()
  await expect.poll(copied).toBe(invitation)
})

test('a key is shown once, whatever is tried to see it again', async ({ page, context }) => {
  await signIn(page, staff)
  const { tenant, key } = await onboard(page)

  // Reloading sends the form again.
  const again = await page.reload()
  expect(again?.status()).toBe(409)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('This key was shown already')
  await expect(page.locator('body')).not.toContainText(key)
  await expect(page.locator('body')).toContainText('cannot be shown again')

  // Going back offers to send it again, and that shows the same.
  await page.getByRole('link', { name: 'All departments' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Departments')
  await page.goBack().catch(() => undefined)
  await expect(page.locator('body')).not.toContainText(key)

  // A second tab shows an empty form.
  const tab = await context.newPage()
  await tab.goto('/admin/onboard')
  await expect(tab.getByLabel('Tenant id')).toHaveValue('')
  await expect(tab.locator('body')).not.toContainText(key)

  // The list knows a beginning of it, and no more.
  await expect(await findDepartment(tab, tenant)).toContainText(key.slice(0, 12))
  await expect(tab.locator('body')).not.toContainText(key)
})

test('the same form from two tabs makes one department and shows one key', async ({ page, context }) => {
  await signIn(page, staff)
  const tenant = await fillInDepartment(page)
  const sent = Object.fromEntries(await page.locator('main form').evaluate(
    (form: HTMLFormElement) => [...new FormData(form)].map(([name, value]) => [name, String(value)])))

  const answers = await Promise.all([1, 2].map(() =>
    context.request.post('/admin/onboard', { form: sent, headers: { 'sec-fetch-site': 'same-origin' } })))

  expect(answers.map(answer => answer.status()).sort()).toEqual([200, 409])
  await expect((await findDepartment(page, tenant)).locator('tbody tr')).toHaveCount(1)
})

test('staff issue a new key for one that was lost, and revoke the old one', async ({ page, request }) => {
  await signIn(page, staff)
  const { tenant, key: lost } = await onboard(page)
  await page.reload()
  await page.getByRole('link', { name: 'Issue a new key' }).click()
  await page.getByLabel('Name').fill('instead of the lost one')
  await page.getByRole('button', { name: 'Issue the key' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`${tenant} has a new key`)
  const key = await page.locator('#api-key').innerText()
  expect(key).not.toBe(lost)

  await findDepartment(page, tenant)
  const row = page.getByRole('row').filter({ hasText: lost.slice(0, 12) })
  await row.getByText('Revoke', { exact: true }).click()
  await row.getByRole('button', { name: 'Revoke this key' }).click()
  await findDepartment(page, tenant)
  await expect(row).toContainText('revoked just now')

  const open = async (key: string) =>
    (await request.get('/data/daily.csv', { headers: { authorization: `Bearer ${key}` } })).status()
  expect([await open(lost), await open(key)]).toEqual([401, 200])
})

test('an id that is taken brings the form back as it was typed', { tag: '@phone' }, async ({ page }) => {
  await signIn(page, staff)
  await fillInDepartment(page)
  await page.getByLabel('Tenant id').fill('dept_a')
  await page.getByRole('button', { name: 'Onboard' }).click()

  await expect(page.getByRole('alert')).toContainText('taken')
  await expect(page.getByLabel('Tenant id')).toHaveValue('dept_a')
  await expect(page.getByLabel('Name of the health department')).toHaveValue('Dogwood Parish')
})

test('staff see departments and keys, and no case count anywhere', async ({ page, stranger }) => {
  // What a department sees of its cases: the week, its peak, and where they are.
  await signIn(stranger, epidemiologist)
  const week = await stranger.locator('.stat strong').first().innerText()
  expect(Number(week)).toBeGreaterThan(0)

  await signIn(page, staff)
  for (const path of ['/admin/tenants', '/admin/onboard']) {
    await page.goto(path)
    await expect(page.locator('svg, figure, .stat, .figures')).toHaveCount(0)
    await expect(page.locator('main')).not.toContainText(/new cases|cases a day|Millbrook/i)
  }
  await page.goto('/admin/tenants')
  for (const headings of await page.locator('thead').all()) {
    await expect(headings.locator('th')).toHaveText(['Key', 'Issued', 'Last used', 'State'])
  }
  for (const path of ['/', '/admin', '/data/daily.csv', '/charts/daily.svg', '/charts/daily.png']) {
    expect((await page.request.get(path)).status(), path).toBe(404)
  }
})
