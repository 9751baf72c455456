// What holds for every page, whoever sees it and on whatever screen.

import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import {
  admin, awake, epidemiologist, expect, field, fillIn, fillInDepartment, findDepartment, forecast, join, joinNewDepartment, onboard,
  setUpSecondFactor, settled, signIn, staff, test, upload,
} from './people'

/** Fifty-six rows without a fault. */
const sound = (month: string) =>
  ['north', 'south'].reduce((text, place) =>
    text + Array.from({ length: 28 }, (_, day) => `${place},${month}-${String(day + 1).padStart(2, '0')},${10 + day % 7}\n`).join(''),
  'place,date,cases\n')

/** Dates that can be read two ways, a negative number, half a case, a row too short. */
const defective = `place;date;cases
north;01/02/2024;5
north;02/02/2024;-3
south;03/02/2024;7.5
south;04/02/2024
south;05/02/2024;8
`

/** Uploads a file of new places, adds them, and stores it. */
async function store(page: Page) {
  await upload(page, 'march.csv', sound('2024-03'))
  await page.getByRole('button', { name: 'Add the ticked places' }).click()
  await settled(page)
  await page.getByRole('button', { name: /^Store 56 values/ }).click()
  await settled(page)
  await expect(page.getByText('56 new.')).toBeVisible()
}

/** A day that was reported, and revised since. */
async function aDay(page: Page) {
  const last = new Date(await field(page, 'To').inputValue())
  return new Date(last.getTime() - 20 * 86_400_000).toISOString().slice(0, 10)
}

const pages: Record<string, (page: Page) => Promise<unknown>> = {
  'sign-in': page => page.goto('/login'),
  'sign-in, refused': async page => {
    await page.goto('/login')
    await fillIn(page, 'nobody@dept-a.example', 'not the password')
  },
  'sign-on, of nobody': async page => {
    await page.goto('/login')
    await page.getByLabel('Address at work').fill('nobody@nowhere.example')
    await page.getByRole('button', { name: 'Go on' }).click()
    await expect(page.getByRole('alert')).toBeVisible()
  },
  'single sign-on': async page => {
    await joinNewDepartment(page)
    await page.goto('/people/sign-on')
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Single sign-on')
  },
  'single sign-on, with a problem': async page => {
    await joinNewDepartment(page)
    await page.goto('/people/sign-on')
    await page.getByLabel('Issuer').fill('http://login.alder.example')
    await page.getByLabel('Client id').fill('cordon')
    await page.getByLabel('Client secret').fill('a secret')
    await page.getByLabel('Domains').fill('alder.example')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByRole('alert')).toContainText('https://')
  },
  'cases': async page => {
    await signIn(page, epidemiologist)
    await awake(page)
    await page.getByText('Locations: all').click()
    await page.getByText('Table of the same numbers').first().click()
    await page.getByRole('slider').focus()
  },
  'cases, by weeks': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/?step=week&unit=per100k&scale=log')
  },
  'cases, with an error': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/?from=2026-02-02&to=2026-02-01')
  },
  'cases, nothing in these days': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/?from=2001-01-01&to=2001-02-01')
  },
  'data, nothing uploaded': async page => {
    await joinNewDepartment(page)
    await page.getByRole('link', { name: 'Data' }).click()
    await expect(page.getByText('Nothing has been uploaded yet')).toBeVisible()
  },
  'data': async page => {
    await joinNewDepartment(page)
    await store(page)
    await upload(page, 'april.csv', sound('2024-04'))
    await page.goto('/data')
    await expect(page.getByRole('button', { name: 'Undo upload 1' })).toBeVisible()
  },
  'data, with a problem': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/data')
    await page.getByLabel('File').evaluate(file => file.removeAttribute('required'))
    await page.getByRole('button', { name: 'Check the file' }).click()
    await expect(page.getByRole('alert')).toContainText('hoose a file')
  },
  'upload, with questions, problems and new places': async page => {
    await joinNewDepartment(page)
    await upload(page, 'february.csv', defective)
    await expect(page.getByText('Please answer first')).toBeVisible()
    await expect(page.getByText('Places that are new')).toBeVisible()
    await expect(page.getByText('What to look at')).toBeVisible()
  },
  'upload, that revises what is known': async page => {
    await joinNewDepartment(page)
    await store(page)
    await upload(page, 'march-2.csv', sound('2024-03').replaceAll(',1', ',2'))
    await expect(page.getByRole('button', { name: /^Store/ })).toBeVisible()
  },
  'upload, that cannot be read': async page => {
    await joinNewDepartment(page)
    await upload(page, 'nothing.csv', 'place,date,cases\n')
    await expect(page.getByRole('alert')).toBeVisible()
  },
  'upload, stored': async page => {
    await joinNewDepartment(page)
    await store(page)
  },
  'upload, cancelled': async page => {
    await joinNewDepartment(page)
    await upload(page, 'march.csv', sound('2024-03'))
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect(page.getByText('Nothing of it was stored')).toBeVisible()
  },
  'cases, nothing ever reported': async page => {
    await joinNewDepartment(page)
    await expect(page.getByText('Nothing has been reported yet')).toBeVisible()
  },
  'keys': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/keys')
    await page.getByText('Rotate', { exact: true }).first().click()
    await page.getByText('Revoke', { exact: true }).first().click()
  },
  'keys, with a problem': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/keys')
    await page.getByLabel('Name').fill('dashboard')
    await page.getByRole('checkbox', { name: /^read/ }).uncheck()
    await page.getByRole('button', { name: 'Issue the key' }).click()
    await expect(page.getByRole('alert')).toContainText('one or more')
  },
  'keys in a text': async page => {
    await signIn(page, staff)
    const { key } = await onboard(page)
    await page.goto('/admin/tenants')
    await page.getByLabel('Text in which a key may be').fill(`${key} cordon_cut_short cordon_12345678`)
    await page.getByRole('button', { name: 'Look for keys' }).click()
    await page.getByText('Revoke', { exact: true }).click()
  },
  'usage': async page => {
    await signIn(page, epidemiologist)
    await forecast(page)
    await page.getByRole('link', { name: 'Usage' }).click()
    await expect(page.getByRole('heading', { name: 'By kind' })).toBeVisible()
    await page.getByText('The figures by day').click()
  },
  'usage, none': async page => {
    await joinNewDepartment(page)
    await page.goto('/usage?month=2001-01')
    await expect(page.getByText('Nothing was used in January 2001')).toBeVisible()
  },
  'usage, with an error': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/usage?month=soon')
  },
  'statement': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/usage/statement')
    await expect(page.getByText('as it stands so far')).toBeVisible()
  },
  'account': async page => {
    await signIn(page, epidemiologist)
    await page.getByRole('link', { name: 'Eli Epidemiologist' }).click()
    await page.getByText('Choose another…').click()
  },
  'account, with a problem': async page => {
    await joinNewDepartment(page)
    await page.goto('/account')
    await page.getByText('Choose another…').click()
    await page.getByLabel('The one you have now').fill('another one')
    await page.getByLabel('The new one').fill('four unrelated words again')
    await page.getByRole('button', { name: 'Change it' }).click()
    await expect(page.getByRole('alert')).toContainText('The password you have now is another one')
  },
  'second factor': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/account/second-factor')
    await expect(page.getByRole('img', { name: 'The secret as a QR code' })).toBeVisible()
  },
  'second factor, with a problem': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/account/second-factor')
    await page.getByLabel('Code', { exact: true }).fill('000000')
    await page.getByRole('button', { name: 'Set it up' }).click()
    await expect(page.getByRole('alert')).toContainText('not the code the app shows now')
  },
  'recovery codes': async page => {
    await joinNewDepartment(page)
    await setUpSecondFactor(page)
  },
  'account, with a second factor': async page => {
    await joinNewDepartment(page)
    await setUpSecondFactor(page)
    await page.goto('/account')
    await page.getByText('Remove…').click()
  },
  'second step': async page => {
    await signIn(page, staff)
    const { invitation, contact } = await onboard(page)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await join(page, invitation, contact)
    await setUpSecondFactor(page)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await fillIn(page, contact, 'four unrelated words here')
    await page.getByLabel('Code', { exact: true }).fill('not a code')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page.getByRole('alert')).toBeVisible()
  },
  'people': async page => {
    await joinNewDepartment(page)
    await page.getByRole('link', { name: 'People' }).click()
    await page.getByLabel('E-mail').fill('colleague@dogwood.example')
    await page.getByRole('button', { name: 'Invite' }).click()
    await page.getByRole('link', { name: 'Done' }).click()
    await expect(page.getByText('Invited, not in yet')).toBeVisible()
    await page.getByText('Remove…').click()
  },
  'people, with a problem': async page => {
    await joinNewDepartment(page)
    await page.goto('/people')
    await page.getByText('Remove…').click()
    await page.getByRole('button', { name: 'Remove' }).click()
    await expect(page.getByRole('alert')).toContainText('keeps one lead at least')
  },
  'a colleague is invited': async page => {
    await joinNewDepartment(page)
    await page.goto('/people')
    await page.getByLabel('E-mail').fill('colleague@dogwood.example')
    await page.getByRole('button', { name: 'Invite' }).click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('colleague@dogwood.example is invited')
  },
  'staff': async page => {
    await signIn(page, admin)
    await page.getByRole('link', { name: 'Staff' }).click()
    await page.getByText('Shut out…').first().click()
  },
  'staff are invited': async page => {
    await signIn(page, admin)
    await page.goto('/admin/staff')
    await page.getByLabel('E-mail').fill('new@cordon.example')
    await page.getByLabel('To be').selectOption('onboarding staff')
    await page.getByRole('button', { name: 'Invite' }).click()
    await page.goto(await page.locator('#invitation').innerText())
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Join the staff of Cordon')
  },
  'break glass, with a problem': async page => {
    await signIn(page, admin)
    await page.getByRole('link', { name: 'Break glass' }).click()
    await page.getByLabel("Department's id").fill('nowhere')
    await page.getByLabel('Reason').fill('To see that a department that is not there is refused')
    await page.getByRole('button', { name: 'Look inside' }).click()
    await expect(page.getByRole('alert')).toContainText('There is no department with this id')
  },
  'audit': async page => {
    await signIn(page, epidemiologist)
    await page.getByRole('link', { name: 'Audit' }).click()
    await expect(page.getByText('session.started').first()).toBeVisible()
  },
  'audit, nothing found': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/audit?q=nobody+did+this')
    await expect(page.getByText('Nothing that was done matches.')).toBeVisible()
  },
  'audit, with an error': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/audit?from=soon')
  },
  'audit of all': async page => {
    await signIn(page, admin)
    await page.getByRole('link', { name: 'Audit' }).click()
    await expect(page.getByText('tenant.onboarded').first()).toBeVisible()
  },
  'billing': async page => {
    await signIn(page, admin)
    await page.getByRole('link', { name: 'Billing' }).click()
    await expect(page.getByText('Departments owe')).toBeVisible()
  },
  'billing, no department yet': async page => {
    await signIn(page, admin)
    await page.goto('/admin/billing?month=2001-01')
    await expect(page.getByText('There was no department in this month')).toBeVisible()
  },
  'costs': async page => {
    await signIn(page, admin)
    await page.goto('/admin/billing/costs')
    for (const [name, driver] of [['Application servers', 'processors'], ['Staff', 'shared']]) {
      await page.getByLabel('For what').fill(name)
      await page.getByLabel('Amount', { exact: true }).fill('1234.56')
      await page.getByLabel('Split by').selectOption(driver)
      await page.getByRole('button', { name: 'Enter' }).click()
    }
    await expect(page.getByRole('heading', { name: 'Who bears it' })).toBeVisible()
    await page.getByText('Remove…').first().click()
  },
  'costs, with a problem': async page => {
    await signIn(page, admin)
    await page.goto('/admin/billing/costs')
    await page.getByLabel('For what').fill('Coffee')
    await page.getByLabel('Amount', { exact: true }).fill('much')
    await page.getByRole('button', { name: 'Enter' }).click()
    await expect(page.getByRole('alert')).toContainText('The amount should be a number')
  },
  'prices': async page => {
    await signIn(page, admin)
    await page.goto('/admin/billing/prices')
  },
  'prices, with a problem': async page => {
    await signIn(page, admin)
    await page.goto('/admin/billing/prices')
    await page.getByLabel('Plan', { exact: true }).fill('county')
    await page.getByLabel('Minimum of a month').fill('much')
    await page.getByRole('button', { name: 'Set' }).click()
    await expect(page.getByRole('alert')).toContainText('The minimum should be a number')
  },
  'planning': async page => {
    await signIn(page, admin)
    await page.goto('/admin/billing/planning')
    await expect(page.getByRole('heading', { name: 'Who drives it' })).toBeVisible()
  },
  'billing of a department': async page => {
    await signIn(page, admin)
    await page.goto('/admin/billing/tenants/dept_a')
    await expect(page.getByRole('heading', { name: 'Budget' })).toBeVisible()
  },
  'over budget': async page => {
    await signIn(page, staff)
    const { tenant, invitation, contact } = await onboard(page)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await signIn(page, admin)
    await page.goto(`/admin/billing/tenants/${tenant}`)
    await page.getByLabel('End at').fill('0')
    await page.getByRole('button', { name: 'Set' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await join(page, invitation, contact)
    await expect(page.getByText('no more forecasts are made until')).toBeVisible()
  },
  'revisions': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/data/revisions')
    await page.getByText('Table of the same numbers').click()
  },
  'revisions of a day, everywhere': async page => {
    await signIn(page, epidemiologist)
    await page.goto(`/data/revisions?date=${await aDay(page)}`)
  },
  'revisions of a day at a place': async page => {
    await signIn(page, epidemiologist)
    await page.goto(`/data/revisions?location=millbrook&date=${await aDay(page)}`)
    await expect(page.getByRole('heading', { name: /^Millbrook, / })).toBeVisible()
  },
  'revisions, with a problem': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/data/revisions?date=yesterday')
  },
  'notes': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/data/annotations')
    for (const words of ['Power cut at the laboratory', 'Taken back at once']) {
      await page.getByLabel('First day').fill('2026-03-01')
      await page.getByLabel('What happened').fill(words)
      await page.getByRole('button', { name: 'Write the note' }).click()
    }
    await page.getByRole('listitem').filter({ hasText: 'Taken back at once' })
      .getByRole('button', { name: /^Take back/ }).first().click()
    await expect(page.getByRole('button', { name: 'Put it back' })).toBeVisible()
    await page.getByText(/^Taken back \(/).click()
  },
  'notes, with a problem': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/data/annotations')
    await page.getByLabel('First day').fill('2026-03-02')
    await page.getByLabel('Last day').fill('2026-03-01')
    await page.getByLabel('What happened').fill('Power cut')
    await page.getByRole('button', { name: 'Write the note' }).click()
    await expect(page.getByRole('alert')).toBeVisible()
  },
  'forecast': async page => {
    await signIn(page, epidemiologist)
    await forecast(page)
    await expect(page.getByRole('table').first()).toBeVisible()
    for (const folded of await page.locator('.numbers summary').all()) await folded.click()
  },
  'forecast, of one place': async page => {
    await signIn(page, epidemiologist)
    await forecast(page, '?location=millbrook')
    await expect(page.getByText('The model\'s own forecast is shown')).toBeVisible()
  },
  'forecast, before there was any': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/forecast?as_of=2001-01-01')
    await expect(page.getByText('No forecast is kept')).toBeVisible()
  },
  'forecast, with an error': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/forecast?as_of=soon')
    await expect(page.getByRole('alert')).toBeVisible()
  },
  'forecast, nothing ever reported': async page => {
    await joinNewDepartment(page)
    await page.goto('/forecast')
    await expect(page.getByText('nothing to expect')).toBeVisible()
  },
  'parameters': async page => {
    await joinNewDepartment(page)
    await page.goto('/forecast/parameters')
    await page.getByLabel('Members').fill('200')
    await page.getByRole('button', { name: 'Save as a new version' }).click()
    await expect(page.getByRole('button', { name: 'Use these again: Documented defaults' })).toBeVisible()
  },
  'parameters, with a problem': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/forecast/parameters')
    await page.getByLabel('Members').fill('a hundred')
    await page.getByRole('button', { name: 'Save as a new version' }).click()
    await expect(page.getByRole('alert')).toContainText('Members')
    await expect(page.getByLabel('Members')).toHaveValue('a hundred')
  },
  'quality': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/data/quality?days=all')
  },
  'export': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/data/export?location=millbrook')
  },
  'export, with a problem': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/data/export/file?from=2026-03-02&to=2026-03-01')
    await expect(page.getByRole('alert')).toBeVisible()
  },
  'share': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/data/share')
  },
  'share, with a problem': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/data/share')
    await page.getByLabel('To').fill('2001-01-01')
    await page.getByRole('button', { name: 'Make a link' }).click()
    await expect(page.getByRole('alert')).toContainText('exchange them')
  },
  'share, a link': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/data/share')
    await page.getByRole('button', { name: 'Make a link' }).click()
    await expect(page.getByRole('button', { name: 'Copy the link' })).toBeVisible()
  },
  'what is shared': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/data/share')
    await page.getByRole('button', { name: 'Make a link' }).click()
    await page.getByRole('link', { name: 'See what they see' }).click()
    await expect(page.getByRole('table')).toContainText('hidden')
  },
  'sign-in, with a passkey': page => page.goto('/login/passkey'),
  'a passkey': async page => {
    await signIn(page, epidemiologist)
    await page.goto('/account/passkeys')
    await expect(page.getByRole('button', { name: 'Add it' })).toBeVisible()
  },
  ...Object.fromEntries(['', '/revisions', '/annotations', '/quality', '/export', '/share'].map(path => [
    `data${path}, nothing ever reported`,
    async (page: Page) => {
      await joinNewDepartment(page)
      await page.goto(`/data${path}`)
      await expect(page.getByText(/yet/).first()).toBeVisible()
    },
  ])),
  'interface for programs': page => page.goto('/api/docs'),
  'examples for programs': page => page.goto('/api/docs/clients'),
  'all departments': page => signIn(page, admin),
  'runs of all departments': async page => {
    await signIn(page, admin)
    await page.goto('/admin/runs')
    await expect(page.getByRole('cell', { name: 'done' }).first()).toBeVisible()
  },
  'runs of all departments, none such': async page => {
    await signIn(page, admin)
    await page.goto('/admin/runs?status=failed&tenant=dept_a')
  },
  'departments': page => signIn(page, staff),
  'departments, one of them with its keys': async page => {
    await signIn(page, staff)
    await findDepartment(page, 'dept_a')
    await page.getByText('Revoke', { exact: true }).click()
  },
  'keys of a department, for staff': async page => {
    await signIn(page, staff)
    await page.goto('/admin/tenants/dept_a/keys')
  },
  'onboard': async page => {
    await signIn(page, staff)
    await page.goto('/admin/onboard')
  },
  'onboard, with a problem': async page => {
    await signIn(page, staff)
    await fillInDepartment(page)
    await page.getByLabel('Tenant id').fill('dept_a')
    await page.getByRole('button', { name: 'Onboard' }).click()
    await expect(page.getByRole('alert')).toBeVisible()
  },
  'key': async page => {
    await signIn(page, staff)
    await onboard(page)
    await expect(page.getByRole('button', { name: 'Copy the key' })).toBeVisible()
  },
  'key, shown already': async page => {
    await signIn(page, staff)
    await onboard(page)
    await page.reload()
  },
  'invitation': async page => {
    await signIn(page, staff)
    const { invitation } = await onboard(page)
    await page.goto(invitation)
  },
  'error': page => page.goto('/nowhere'),
}

for (const [name, open] of Object.entries(pages)) {
  test(`${name}: usable by everybody, on every screen, in every light`, async ({ page }) => {
    // Each is looked at four times, and a long table takes its while.
    test.slow()
    await open(page)
    for (const [width, colorScheme] of [[1280, 'light'], [1280, 'dark'], [390, 'light'], [390, 'dark']] as const) {
      await page.setViewportSize({ width, height: 844 })
      // A colour on its way from one scheme to the other is nobody's to judge.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const found = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'])
        .analyze()
      const violations = found.violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(node => node.html) }))
      expect(violations, `${width} px, ${colorScheme}`).toEqual([])

      const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(tooWide, `scrolls sideways at ${width} px`).toBeLessThanOrEqual(0)
    }
    await expect(page).toHaveTitle(/ · Cordon$/)
    await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1)
  })
}
