import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'

const HEADER = 'x-request-id'

/**
 * Gives a request its id, before anybody else sees it, and its answer the header: the id that the client
 * sent, when it is one, else a new one. Anything else could forge log lines.
 */
export function addRequestId(headers: IncomingHttpHeaders, outgoing: ServerResponse): void {
  const sent = headers[HEADER]
  const isId = typeof sent === 'string' && /^[A-Za-z0-9._~-]{1,128}$/.test(sent)
  outgoing.setHeader(HEADER, isId ? sent : newRequestId())
}

/** The id of the request that this answers. */
export function requestIdOf(outgoing: ServerResponse): string {
  return String(outgoing.getHeader(HEADER))
}

/** An id that no other request has. */
export function newRequestId(): string {
  return randomUUID()
}
