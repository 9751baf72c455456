// Fifty programs of two departments call while the portal is killed, and its database: every call
// that got an answer is one usage event, and one whose answer never came is one or none.
//
// The moments are random: CORDON_SEED repeats those of a run, which says its seed.

import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from '@playwright/test'
import { PortalProcess, bringOn, random } from './portal-process'

const clients = 50
const calls = 20_000
/** How often it is killed; and how often of those its database is killed first. */
const kills = 5
const databaseKills = 2
const tenants = ['elm_county', 'fir_county']

const portal = new PortalProcess({ CORDON_API_RATE: '10000000' })

interface Count { answered: number, refused: number, failed: number, unanswered: number }

/** How many usage events a department has, and how many of them were refused. */
async function events(key: string) {
  const { usage } = await portal.ask<{ usage: { event_type: string, events: number, refused: number }[] }>(key, '/api/v1/usage')
  const sum = (of: (row: { events: number, refused: number }) => number) =>
    usage.filter(row => row.event_type === 'api_call').reduce((all, row) => all + of(row), 0)
  return { events: sum(row => row.events), refused: sum(row => row.refused) }
}

test.afterAll(async () => {
  await portal.kill()
  PortalProcess.forget()
})

test('every answered call is one usage event of its department, wherever the portal was killed', async () => {
  test.setTimeout(900_000)
  const seed = Number(process.env.CORDON_SEED || Date.now() % 1_000_000)
  console.log(`CORDON_SEED=${seed}`)
  const next = random(seed)

  PortalProcess.forget()
  const keys = tenants.map(tenant => bringOn(tenant).key)
  await portal.start()
  const counts: Count[] = tenants.map(() => ({ answered: 0, refused: 0, failed: 0, unanswered: 0 }))
  let begun = 0
  let up: Promise<void> = Promise.resolve()

  const client = async (of: number) => {
    const count = counts[of]
    while (begun < calls) {
      await up
      begun++
      // One in ten asks for what there is not, and is refused.
      const path = begun % 10 === 0 ? '/api/v1/locations?nonsense=1' : '/api/v1/locations'
      const answer = await portal.get(path, { authorization: `Bearer ${keys[of]}` })
        .then(async answer => (await answer.text(), answer.status)).catch(() => 0)
      if (answer === 200) count.answered++
      else if (answer === 422) (count.answered++, count.refused++)
      // Its database was gone before anybody could tell whose call it is, or could write it down.
      else if (answer >= 500) count.failed++
      else if (answer === 0) count.unanswered++
      else throw new Error(`${path}: ${answer}`)
    }
  }
  const killer = async () => {
    for (let kill = 0; kill < kills; kill++) {
      const at = calls * (kill + 0.3 + 0.6 * next()) / kills
      while (begun < at) await pause(5)
      let ready = () => {}
      const database = kill % 2 === 1 && kill < 2 * databaseKills
      if (database) {
        await portal.killDatabase()
        await pause(300)
      }
      up = new Promise(resolve => { ready = resolve })
      await portal.kill()
      await portal.start()
      console.log(`killed ${database ? 'with its database ' : ''}after ${Math.round(at)} calls`)
      ready()
    }
  }
  const started = Date.now()
  await Promise.all([killer(), ...Array.from({ length: clients }, (_, at) => client(at % tenants.length))])
  console.log(`${calls} calls in ${Math.round((Date.now() - started) / 1000)} s`, JSON.stringify(counts))

  for (const [of, tenant] of tenants.entries()) {
    const { answered, refused, failed, unanswered } = counts[of]
    const recorded = await events(keys[of])
    console.log(`${tenant}: ${recorded.events} events`)
    expect(answered, tenant).toBeGreaterThan(calls / 4)
    expect(recorded.events, `${tenant}: none is lost`).toBeGreaterThanOrEqual(answered)
    expect(recorded.events, `${tenant}: none is counted twice`).toBeLessThanOrEqual(answered + failed + unanswered)
    expect(recorded.refused, tenant).toBeGreaterThanOrEqual(refused)
    expect(recorded.refused, tenant).toBeLessThanOrEqual(refused + failed + unanswered)
    // At each kill every client had one call under way at most.
    expect(unanswered, tenant).toBeLessThanOrEqual(clients / tenants.length * kills)
    // What was asked just now is the one that came after; and it is counted from here on.
    const again = await events(keys[of])
    expect(again.events, tenant).toBe(recorded.events + 1)
    // Each of them is on the statement, and nothing else.
    const month = new Date().toISOString().slice(0, 7)
    const [head, ...lines] = PortalProcess.run(['statement', '--month', month, tenant]).trim().split('\n').map(line => line.split(','))
    const on = (line: string[], column: string) => line[head.indexOf(column)]
    const stated = lines.filter(line => on(line, 'event_type') === 'api_call')
      .reduce((sum, line) => sum + Number(on(line, 'quantity')), 0)
    expect(stated, tenant).toBe(again.events + 1)
    expect(lines.every(line => on(line, 'tenant_id') === tenant && on(line, 'status') === 'open')).toBe(true)
  }
  await portal.stop()
})
