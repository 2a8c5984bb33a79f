import { hash, timingSafeEqual } from 'node:crypto'
import type { AppContext } from '../runtime/app.ts'
import { unauthorized } from './unauthorized.ts'

/**
 * Throws `unauthorized` unless the request carries the administrator's token as `Authorization: Bearer`,
 * and always when there is none. How long it takes says nothing about the token.
 */
export function checkToken(c: AppContext, adminToken: string | undefined): void {
  const [, token] = /^bearer (.+)$/i.exec(c.req.header('Authorization') ?? '') ?? []
  if (adminToken !== undefined && token !== undefined && isSame(token, adminToken)) return
  throw unauthorized('Only an administrator deletes: send their token as Authorization: Bearer.')
}

/** Digests have one length, as a comparison in constant time needs. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'))
}
