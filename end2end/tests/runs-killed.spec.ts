// What is left of a run of the model when the portal is killed in the middle of it, and its
// database too.
//
// Each run knows one day less than the one before, so that none can go on from what another left,
// and what each stored can be told apart. The moments at which it is killed are random, from
// before its turn came to after its end: CORDON_SEED repeats those of a run, which says its seed.

import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from '@playwright/test'
import { PortalProcess, bringOn, importRows, random, until } from './portal-process'

const rounds = 20
/** A round in so many loses the database with the portal. */
const databaseToo = 3
const tenant = 'elm_county'
const locations = Array.from({ length: 6 }, (_, at) => `ward-${at}`)
const days = 500
const today = Date.UTC(2026, 5, 30)

const day = (before: number) => new Date(today - before * 86_400_000).toISOString().slice(0, 10)

/** Reports of all days from the first, so many before the last, to the last. */
const rows = (first: number, last: number) => locations.flatMap((location, l) =>
  Array.from({ length: first - last }, (_, at) => {
    const before = last + at
    const wave = 40 + 30 * Math.sin((before + 20 * l) / 25) + (before * 7 + l * 3) % 11
    return `${day(before)},${location},${Math.round(wave)}`
  }))

/** Every place and the department, 28 days, 23 quantiles. */
const whole = (locations.length + 1) * 28 * 23

interface Run {
  run_id: string
  status: 'queued' | 'running' | 'done' | 'failed'
  attempts: number
  problem: string | null
  cost_units: number | null
}

const portal = new PortalProcess()
let key = ''

const ask = <T>(path: string) => portal.ask<T>(key, path)
const run = (id: string) => ask<Run>(`/api/v1/runs/${id}`)

const done = (id: string) =>
  until(`the end of run ${id}`, async () => {
    const now = await run(id)
    if (now.status === 'failed') throw new Error(`run ${id} failed: ${now.problem}`)
    return now.status === 'done' ? now : undefined
  })

/** How many quantiles the latest forecast has that knew no more than what was known on a day. */
async function stored(asOf: string) {
  const { as_of: of, forecasts } = await ask<{ as_of: string | null, forecasts: unknown[] }>(
    `/api/v1/forecasts?as_of=${asOf}&limit=10000`)
  return of === asOf ? forecasts.length : 0
}

/** How many runs are billed, and at how many cost units. */
async function billed() {
  const { usage } = await ask<{ usage: { event_type: string, events: number, cost_units: number }[] }>('/api/v1/usage')
  const runs = usage.filter(({ event_type: type }) => type === 'enkf_run')
  return {
    runs: runs.reduce((sum, { events }) => sum + events, 0),
    cost: runs.reduce((sum, { cost_units: cost }) => sum + cost, 0),
  }
}

test.afterAll(async () => {
  await portal.kill()
  PortalProcess.forget()
})

test('a run is stored whole, and billed once, wherever the portal was killed', async () => {
  test.setTimeout(600_000)
  const seed = Number(process.env.CORDON_SEED || Date.now() % 1_000_000)
  console.log(`CORDON_SEED=${seed}`)
  const next = random(seed)

  PortalProcess.forget()
  key = bringOn(tenant).key
  // What is known a day earlier is a week less at most.
  for (let upload = 28; upload >= 0; upload -= 7) importRows(tenant, rows(upload === 28 ? days : upload + 7, upload), day(upload))
  await portal.start()

  // The import has asked for the first: as long as it takes, the others take.
  const { runs: [first] } = await ask<{ runs: Run[] }>('/api/v1/runs')
  await done(first.run_id)
  const begun = Date.now()
  const asked = (before: number) =>
    portal.tell<Run>(key, '/api/v1/runs', { kind: 'forecast', as_of: day(before) })
  await done((await asked(1)).run_id)
  const length = Date.now() - begun
  let runs = 2

  for (let round = 0; round < rounds; round++) {
    const before = 2 + round
    const both = round % databaseToo === 0
    const databaseFirst = next() < 0.5
    const { run_id: id } = await asked(before)
    const wait = 1.2 * next() * length
    await pause(wait)
    const { status } = await run(id)
    if (both && databaseFirst) await portal.killDatabase()
    await portal.kill()
    if (both && !databaseFirst) await portal.killDatabase()
    await portal.start()

    const what = `round ${round}: ${status} after ${Math.round(wait)} of ${length} ms${both ? ', the database too' : ''}`
    console.log(what)
    const quantiles = await stored(day(before))
    const bill = await billed()
    const left = await run(id)
    if (left.status !== 'done') {
      // It was not done a moment ago, either.
      expect(quantiles, what).toBe(0)
      expect(bill.runs, what).toBe(runs)
    }
    if (status === 'done') expect(left.status, what).toBe('done')

    const end = await done(id)
    runs++
    expect(await stored(day(before)), what).toBe(whole)
    expect((await billed()).runs, what).toBe(runs)
    expect(end.problem, what).toBeNull()
  }

  const { runs: all } = await ask<{ runs: Run[] }>('/api/v1/runs')
  expect(all.map(({ status }) => status)).toEqual(Array(runs).fill('done'))
  const bill = await billed()
  expect(bill.cost).toBeCloseTo(all.reduce((sum, { cost_units: cost }) => sum + cost!, 0), 3)
  await portal.stop()
})
