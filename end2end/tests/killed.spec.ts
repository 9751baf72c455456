// What is left of an upload when the portal is killed in the middle of it, and its database too.
//
// Each upload reports days of its own, so that what is stored can be told apart. The points at
// which it is killed are random: CORDON_SEED repeats those of a run, which says its seed.

import { expect, test } from '@playwright/test'
import { PortalProcess, bringOn, importRows, random, until } from './portal-process'

const rounds = 20
/** A round in so many loses the database with the portal. */
const databaseToo = 3
const locations = Array.from({ length: 100 }, (_, at) => `ward-${at}`)
const days = 200

const day = (round: number, at: number) =>
  new Date(Date.UTC(2000, 0, 1 + round * days + at)).toISOString().slice(0, 10)
/** Never so far above the others that somebody would be asked about it. */
const newCases = (round: number, at: number, location: number) => 20 + (round * 31 + at * 3 + location * 7) % 30

function file(round: number) {
  const rows = ['date,location_id,new_cases']
  for (let at = 0; at < days; at++) {
    locations.forEach((location, l) => rows.push(`${day(round, at)},${location},${newCases(round, at, l)}`))
  }
  return `${rows.join('\n')}\n`
}

/** What daily.csv says of a round's days once all of it is stored. */
const whole = (round: number) => Object.fromEntries(Array.from({ length: days }, (_, at) =>
  [day(round, at), locations.reduce((sum, _, l) => sum + newCases(round, at, l), 0)]))

const values = (locations.length * days).toLocaleString('en')
const accepted = `${values} new.`

const portal = new PortalProcess()

/** What has become of an upload, as its page says; nothing where there is none. */
async function outcome(upload: number) {
  const page = await portal.get(`/data/uploads/${upload}`)
  return page.status === 404 ? undefined : (await page.text()).match(/<strong>([^<]+)<\/strong><\/p>/)?.[1]
}

/** How far the work on an upload is; nothing where none is being done. */
async function share(upload: number) {
  const answer = await portal.get(`/data/uploads/${upload}/progress`)
  return answer.ok ? ((await answer.json()) as { running: number | null }).running ?? undefined : undefined
}

/** The work on an upload is so far, or over: `asked` is the request for it. */
async function reaches(upload: number, wanted: number, asked: Promise<unknown>) {
  let answered = false
  asked.then(() => { answered = true })
  await until(`work on upload ${upload}`, async () => {
    const over = answered
    const now = await share(upload)
    return (now === undefined ? over : now >= wanted) || undefined
  })
}

const idle = (upload: number) =>
  until(`the end of the work on upload ${upload}`, async () => (await share(upload)) === undefined || undefined)

/** New cases by day, of a round's days. */
async function stored(round: number) {
  const csv = await (await portal.get(`/data/daily.csv?from=${day(round, 0)}&to=${day(round, days - 1)}`)).text()
  const rows = csv.trim().split('\n').slice(1).map(row => row.split(','))
  return Object.fromEntries(rows.filter(([, count]) => count).map(([date, count]) => [date, Number(count)]))
}

/** Sends a round's file and waits until it is checked: its number. */
async function send(round: number) {
  const answer = await portal.upload(`round-${round}.csv`, file(round))
  expect(answer.status).toBe(303)
  const upload = Number(answer.headers.get('location')!.split('/').at(-1))
  await idle(upload)
  return upload
}

async function accept(upload: number) {
  await portal.post(`/data/uploads/${upload}/accept`)
  await idle(upload)
}

type Point = { phase: 'receive' | 'check' | 'accept' | 'accepted', at: number }

/** Uploads a round's file up to a point, and kills. */
async function killAt({ phase, at }: Point, round: number, upload: number, kill: () => Promise<void>) {
  const ignored = () => {}
  if (phase === 'receive') {
    // The rest of it never leaves.
    await new Promise<void>((killed, failed) => {
      const gone = new Promise<void>(() => {})
      let asked = false
      portal.upload(`round-${round}.csv`, file(round), async sent => {
        if (sent < at) return
        if (!asked) {
          asked = true
          // Early ones hardly begin; of the others something is there.
          if (at > 0.3) await until('the beginning of the upload', () => outcome(upload))
          kill().then(killed, failed)
        }
        await gone
      }).catch(ignored)
    })
    return
  }
  if (phase === 'check') {
    const asked = portal.upload(`round-${round}.csv`, file(round))
    await reaches(upload, at, asked.catch(ignored))
    await kill()
    await asked.catch(ignored)
    return
  }
  expect(await send(round)).toBe(upload)
  const asked = portal.post(`/data/uploads/${upload}/accept`)
  await reaches(upload, phase === 'accepted' ? 2 : at, asked.catch(ignored))
  // On a busy machine it is answered while it still waits for its turn.
  if (phase === 'accepted') await until('the acceptance', async () => (await outcome(upload)) === accepted || undefined)
  await kill()
  await asked.catch(ignored)
}

/** Does again whatever was not done: the upload that stands in the end. */
async function repeat(round: number, upload: number) {
  switch (await outcome(upload)) {
    case accepted: {
      // Said twice, counted once.
      await accept(upload)
      const again = await send(round)
      expect(await (await portal.get(`/data/uploads/${again}`)).text()).toContain('everything in it is known already')
      await accept(again)
      return upload
    }
    case 'Waits to be checked.':
      await portal.post(`/data/uploads/${upload}/check`)
      await idle(upload)
      break
    case 'Waits for your decision.':
      break
    default:
      upload = await send(round)
  }
  await accept(upload)
  return upload
}

test.afterAll(async () => {
  await portal.kill()
  PortalProcess.forget()
})

test('an upload that was accepted is there once and whole, and any other not at all, wherever it was killed', async () => {
  test.setTimeout(600_000)
  const seed = Number(process.env.CORDON_SEED || Date.now() % 1_000_000)
  console.log(`CORDON_SEED=${seed}`)
  const next = random(seed)

  PortalProcess.forget()
  const { person } = bringOn('elm_county')
  importRows('elm_county', locations.map(location => `1999-12-31,${location},20`))
  await portal.start()
  // Sessions are rows as well: nobody has to sign in again.
  await portal.signIn(person)

  const phases = ['receive', 'check', 'accept', 'accept', 'accepted'] as const
  // The import that brought the places is the first upload.
  let last = 1
  for (let round = 0; round < rounds; round++) {
    const phase = phases[round % phases.length]
    // The first half of an acceptance only reads; past its end it has just been committed.
    const at = phase === 'accept' ? 0.4 + 0.7 * next() : next()
    const both = round % databaseToo === 0
    const databaseFirst = next() < 0.5
    const upload = last + 1
    await killAt({ phase, at }, round, upload, async () => {
      if (both && databaseFirst) await portal.killDatabase()
      await portal.kill()
      if (both && !databaseFirst) await portal.killDatabase()
    })
    await portal.start()

    const left = await outcome(upload)
    const what = `round ${round}: ${phase} at ${at.toFixed(3)}${both ? ', the database too' : ''}: ${left ?? 'nothing'}`
    console.log(what)
    if (phase === 'accepted') expect(left, what).toBe(accepted)
    expect(await stored(round), what).toEqual(left === accepted ? whole(round) : {})

    const stands = await repeat(round, upload)
    expect(await outcome(stands), what).toBe(accepted)
    expect(await stored(round), what).toEqual(whole(round))
    last = Math.max(upload, stands)
    while (await outcome(last + 1)) last++
  }

  // One for each round, and nothing of a round was changed by another.
  const list = await (await portal.get('/data')).text()
  expect(list.split(`>${values} new<`).length - 1).toBe(rounds)
  expect(list).not.toContain('changed')
  for (let round = 0; round < rounds; round++) expect(await stored(round)).toEqual(whole(round))
  await portal.stop()
})
