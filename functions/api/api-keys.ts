import { hash, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { bearerAuth } from 'hono/bearer-auth'
import type { AppEnv } from '../runtime/app.ts'
import { unauthorized } from './unauthorized.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** The SHA-256 of the key that let a request in. */
    apiKey?: string
  }
}

/** Of a hash, what the log has: enough to see which key is still in use, of no use to anybody else. */
const LOGGED_CHARACTERS = 8

/**
 * Lets in who shows a key as `Authorization: Bearer`, of which the service knows the SHA-256 alone. Who
 * shows none, or another, is `unauthorized`. How long it takes says nothing about any of them.
 */
export function requireApiKey(hashes: readonly string[]): MiddlewareHandler<AppEnv> {
  const known = hashes.map((text) => ({ text, bytes: Buffer.from(text, 'hex') }))
  return bearerAuth<AppEnv>({
    verifyToken(token, c) {
      const shown = hash('sha256', token, 'buffer')
      // All are compared, so that the place of a key in the list takes no time of its own.
      const [match] = known.filter(({ bytes }) => timingSafeEqual(bytes, shown))
      if (!match) return false
      c.set('apiKey', match.text)
      c.var.logged.apiKey = match.text.slice(0, LOGGED_CHARACTERS)
      return true
    },
    noAuthenticationHeader: {
      message: refuse('This service asks for a key: send yours as Authorization: Bearer.'),
    },
    invalidAuthenticationHeader: {
      message: refuse(
        'The Authorization is not Bearer and a key; send it as Authorization: Bearer.',
      ),
    },
    invalidToken: {
      message: refuse('This key is none of those that this service knows; ask for another.'),
    },
  })
}

/** The problem in the place of the answer that the middleware would send. */
function refuse(detail: string) {
  return (): never => {
    throw unauthorized(detail)
  }
}
