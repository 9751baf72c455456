// A portal of its own for a test that kills it: started, asked, killed, started again.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync, readlinkSync, realpathSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const address = '127.0.0.1:3950'
const dataDir = 'target/killed-data'
const password = 'four unrelated words here'

const env: NodeJS.ProcessEnv = { ...process.env, CORDON_ADDR: address, CORDON_DATA_DIR: dataDir, CORDON_LOG: 'warn' }
// It kills its database, and nobody else's.
delete env.DATABASE_URL
// Nor do its letters go anywhere.
delete env.CORDON_SMTP
delete env.CORDON_SMTP_FROM

/** Asks again until there is an answer that is not `undefined`. */
export async function until<T>(what: string, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const started = Date.now()
  while (Date.now() - started < 60_000) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await pause(10)
  }
  throw new Error(`waited a minute for ${what}`)
}

export class PortalProcess {
  private process?: ChildProcess
  private cookie = ''

  /** With these variables besides. */
  constructor(private more: NodeJS.ProcessEnv = {}) {}

  /** Forgets whatever an earlier run left, stopping its PostgreSQL. */
  static forget() {
    execFileSync('.ci/stop-postgres', ['--forget', dataDir], { cwd: root })
  }

  /** Runs a command of the portal on its data. */
  static run(args: string[], input = '') {
    return execFileSync('target/debug/cordon', args, { cwd: root, env, input, stdio: ['pipe', 'pipe', 'pipe'] }).toString()
  }

  async start() {
    const started = spawn('target/debug/cordon', ['serve'], { cwd: root, env: { ...env, ...this.more }, stdio: ['ignore', 'ignore', 'inherit'] })
    this.process = started
    await until('a portal that is ready', async () => {
      if (started.exitCode !== null) throw new Error(`the portal ended with ${started.exitCode}`)
      return (await this.get('/readyz').catch(() => undefined))?.ok || undefined
    })
  }

  /** kill -9 of the portal; its PostgreSQL goes on. */
  async kill() {
    const running = this.process
    this.process = undefined
    if (!running || running.exitCode !== null) return
    const ended = once(running, 'exit')
    running.kill('SIGKILL')
    await ended
  }

  /** kill -9 of its PostgreSQL, every process of it. */
  async killDatabase() {
    // Under root it is one level down, or where a link there leads.
    const cluster = [`${dataDir}/cluster/postgres`, `${dataDir}/postgres`]
      .map(path => root + path).filter(path => existsSync(path)).map(path => realpathSync(path))[0]
    const [postmaster] = readFileSync(`${cluster}/postmaster.pid`, 'utf8').split('\n')
    kill(Number(postmaster))
    await until('the end of PostgreSQL', () => {
      const left = standingIn(cluster)
      left.forEach(kill)
      return left.length === 0 || undefined
    })
  }

  /** Stops it as an operator would, PostgreSQL included. */
  async stop() {
    const running = this.process
    this.process = undefined
    if (!running || running.exitCode !== null) return
    const ended = once(running, 'exit')
    running.kill('SIGTERM')
    await ended
  }

  async signIn(email: string) {
    const answer = await this.post('/login', { email, password })
    // The session's, beside the one that only says that somebody signed in here before.
    const cookies = answer.headers.getSetCookie().map(cookie => cookie.split(';')[0] ?? '')
    this.cookie = cookies.find(cookie => cookie.startsWith('cordon=')) ?? ''
    if (!this.cookie) throw new Error(`${email} could not sign in: ${answer.status}`)
  }

  get(path: string, headers: Record<string, string> = { cookie: this.cookie }) {
    return fetch(`http://${address}${path}`, { headers, redirect: 'manual' })
  }

  /** What a program gets that shows `key`. */
  async ask<T>(key: string, path: string) {
    const answer = await this.get(path, { authorization: `Bearer ${key}` })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return await answer.json() as T
  }

  /** What a program gets that shows `key` and sends `body`. */
  async tell<T>(key: string, path: string, body: unknown) {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const answer = await this.send(path, JSON.stringify(body), headers)
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return await answer.json() as T
  }

  post(path: string, fields: Record<string, string> = {}) {
    return this.send(path, new URLSearchParams(fields))
  }

  /** Sends a file. `before` is told the share that each piece completes, and may hold it back. */
  upload(name: string, text: string, before: (share: number) => Promise<void> = async () => {}) {
    const boundary = 'cordon-killed-boundary'
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n\r\n`
    const bytes = Buffer.from(`${head}${text}\r\n--${boundary}--\r\n`)
    const piece = 32 * 1024
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await before(Math.min(1, (sent + piece) / bytes.length))
        controller.enqueue(bytes.subarray(sent, sent + piece))
        sent += piece
        if (sent >= bytes.length) controller.close()
      },
    })
    return this.send('/data/uploads', body, { 'content-type': `multipart/form-data; boundary=${boundary}` })
  }

  private send(path: string, body: BodyInit, headers: Record<string, string> = {}) {
    const init = {
      method: 'POST',
      body,
      headers: { cookie: this.cookie, 'sec-fetch-site': 'same-origin', ...headers },
      redirect: 'manual' as const,
      duplex: 'half' as const,
    }
    return fetch(`http://${address}${path}`, init)
  }
}

/** A department with somebody who can sign in, brought on before the portal starts: its key. */
export function bringOn(tenant: string) {
  const key = PortalProcess.run(['onboard', tenant, '--name', 'Elm County', '--contact', `contact@${tenant}.example`])
  const person = `epi@${tenant}.example`
  const add = ['user', 'add', person, '--role', 'epidemiologist', '--tenant', tenant, '--password-stdin']
  PortalProcess.run(add, `${password}\n`)
  return { person, key: key.trim() }
}

/** Imports rows of date, location_id, new_cases: as known today, or on another day. */
export function importRows(tenant: string, rows: string[], asOf?: string) {
  const file = `${dataDir}/rows.csv`
  writeFileSync(root + file, ['date,location_id,new_cases', ...rows, ''].join('\n'))
  PortalProcess.run(['import', tenant, file, ...(asOf ? ['--as-of', asOf] : [])])
}

/** Mulberry32: small, and the same everywhere. */
export function random(seed: number) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function kill(pid: number) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // It was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The processes of one PostgreSQL: each stands in its directory. */
function standingIn(directory: string) {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === directory
      } catch {
        return false
      }
    })
    .map(Number)
}
