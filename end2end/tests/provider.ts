// A department's own provider: oidc-provider, which is certified by the OpenID Foundation. Whoever signs
// in there with an e-mail address has that address, and the password is whatever is typed.

import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'

const port = 3960

export const issuer = `http://127.0.0.1:${port}`
/** It wants a younger Node than the other journeys do. */
export const runsHere = parseInt(process.versions.node) >= 20
export const client = { id: 'cordon', secret: 'a client secret of the journeys' }

/** Starts it for the portal, to which it sends people back there; the answer ends it. */
export async function startProvider(redirectUri: string): Promise<() => Promise<void>> {
  const { Provider } = await import('oidc-provider')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const provider = new Provider(issuer, {
    clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [redirectUri] }],
    // What it signs with, and what its cookies are signed with, for as long as it runs.
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['a key of the journeys'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, email: id, email_verified: true, name: nameOf(id), groups: ['epidemiology'] }),
    }),
    pkce: { required: () => true },
  })
  const server = createServer(provider.callback())
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  return () => new Promise<void>(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** nell.new@dogwood.example is Nell New. */
function nameOf(email: string) {
  const parts = email.split('@')[0].split('.')
  return parts.map(part => part.charAt(0).toUpperCase() + part.slice(1)).join(' ')
}
