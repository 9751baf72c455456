// What a run gets to see and nobody else should. Kept in a file until all journeys are over, when
// nothing-left.ts looks for it in whatever is left.

import { appendFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import type { BrowserContext, Request } from '@playwright/test'

export const kept = fileURLToPath(new URL('../../target/end2end-secrets', import.meta.url))

/** Fields of forms. A code of six digits opens nothing a minute later, and stands anywhere by chance. */
const TYPED = ['password', 'current', 'new', 'confirm_password', 'client_secret']

/** Pages that show something once. */
const ONCE = ['/keys', '/onboard', '/invitations', '/second-factor', '/recovery', '/share']

/** What is shorter stands anywhere by chance, and is what somebody typed wrong on purpose. */
const SHORTEST = 12

function keep(kind: string, secret: string) {
  if (secret.length >= SHORTEST) appendFileSync(kept, `${kind}\t${secret}\n`, { mode: 0o600 })
}

/** Keeps what `context` gets to see from now on. What this returns fills with answers that are still read. */
export function keepSecrets(context: BrowserContext): Promise<void>[] {
  const reading: Promise<void>[] = []
  context.on('request', typed)
  // Not on `response`: one that a journey walks away from is never whole. And of one that it has left
  // meanwhile the browser keeps nothing to read.
  context.on('requestfinished', request => reading.push(given(request).catch(() => undefined)))
  return reading
}

function typed(request: Request) {
  const type = request.headers()['content-type'] ?? ''
  if (!type.startsWith('application/x-www-form-urlencoded')) return
  for (const [name, value] of new URLSearchParams(request.postData() ?? '')) {
    if (TYPED.includes(name)) keep('a typed secret', value)
  }
}

async function given(request: Request) {
  const response = await request.response()
  if (!response) return
  for (const { name, value } of await response.headersArray()) {
    const [, cookie] = (name.toLowerCase() === 'set-cookie' && /^[^=]+=([^;]+)/.exec(value)) || []
    if (cookie) keep('a cookie', cookie)
  }
  const { pathname } = new URL(response.url())
  if (response.status() !== 200 || !ONCE.some(part => pathname.includes(part))) return
  for (const [, secret] of (await response.text()).matchAll(/class="selectable"[^>]*>([^<]+)</g)) {
    keep('what was shown once', secret.replace(/^https?:.*\//, ''))
  }
}
