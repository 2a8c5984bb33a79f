import type { ServerResponse } from 'node:http'

/**
 * What every answer tells a browser: to take its type as it is said, to run nothing of it, whatever it
 * is, and that pages of other sites may show it. HTTPS is the business of the gateway, which ends it.
 */
export const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

/**
 * Puts them on an answer before anybody writes it, so that none is without. A handler that sets one of
 * them itself, such as a page with a script of its own, is left to.
 */
export function addSecurityHeaders(outgoing: ServerResponse): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) outgoing.setHeader(name, value)
}
