import type { IncomingHttpHeaders } from 'node:http'
import { forbidden } from './source-url.ts'

/** What this service calls itself where it is a client, RFC 9110, section 7.6.3. */
const OWN_NAME = 'image-preprocessing'

export const OWN_AGENT = `${OWN_NAME}/0.1`
export const OWN_VIA = `1.1 ${OWN_NAME}`

/**
 * Refuses, with `forbidden_source`, to download for a download: a URL that leads back here would have the
 * service ask itself without an end.
 */
export function checkNoLoop({ via = '', 'user-agent': agent = '' }: IncomingHttpHeaders): void {
  const passed = via.split(',').map((entry) => entry.trim().split(/\s+/)[1]?.toLowerCase())
  if (!passed.includes(OWN_NAME) && !agent.startsWith(`${OWN_NAME}/`)) return
  throw forbidden(
    'The request comes from a download of this service: the URL leads back to it.',
    OWN_NAME,
  )
}
