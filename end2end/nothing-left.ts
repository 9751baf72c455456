// When all journeys are over: of what people typed, what was shown to them once and what their cookies
// held, nothing is in the portal's log, in PostgreSQL's, or in a dump of the database.

import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import { kept } from './tests/secrets'

const target = fileURLToPath(new URL('../target/', import.meta.url))
const data = `${target}end2end-data`
const log = `${target}end2end.log`

/** All that the database holds, as its owner sees it; and what PostgreSQL logged meanwhile. */
function database() {
  const cluster = [`${data}/postgres`, `${data}/cluster/postgres`].find(existsSync)
  const [, , , port] = readFileSync(`${cluster}/postmaster.pid`, 'utf8').split('\n')
  // Beside the server that runs, of which its options' first word is the path; where it was only
  // unpacked, the script that starts it.
  const beside = dirname(readFileSync(`${cluster}/postmaster.opts`, 'utf8').split(' ')[0])
  const program = [`${target}tools/bin/pg_dump`, `${beside}/pg_dump`].find(existsSync)!
  const secret = readFileSync(`${data}/secret`, 'utf8').trim()
  const password = createHmac('sha256', secret).update('cordon_owner').digest('hex')
  const connection = ['--host=127.0.0.1', `--port=${port.trim()}`, '--username=cordon_owner', '--inserts', 'postgres']
  const options = { env: { ...process.env, PGPASSWORD: password }, maxBuffer: 1 << 30 }
  const dump = execFileSync(program, connection, options).toString()
  return { dump, said: readFileSync(`${cluster}/server.log`, 'utf8'), secret }
}

export default function nothingLeft() {
  const { dump, said, secret } = database()
  const secrets = new Map([[secret, 'the installation\'s secret']])
  for (const line of existsSync(kept) ? readFileSync(kept, 'utf8').trim().split('\n') : []) {
    const [kind, value] = line.split('\t')
    secrets.set(value, kind)
  }
  rmSync(kept, { force: true })
  const left = { 'the portal\'s log': readFileSync(log, 'utf8'), 'PostgreSQL\'s log': said, 'a dump of the database': dump }
  // The parts of a secret that is shown in groups are one word.
  const found = Object.entries(left).flatMap(([where, text]) => [...secrets]
    .filter(([value]) => text.includes(value) || text.includes(value.replaceAll(/[ -]/g, '')))
    .map(([value, kind]) => `${kind} (${value.slice(0, 4)}…, ${value.length} characters) is in ${where}`))
  if (!dump.includes('epi@dept-a.example')) throw new Error('the dump is not of this run')
  if (!left['the portal\'s log'].includes('request{')) throw new Error('the portal logged nothing')
  if (found.length) throw new Error(`secrets are left behind:\n${found.join('\n')}`)
  console.log(`Of ${secrets.size} secrets none is left in ${Object.keys(left).join(', ')}.`)
}
