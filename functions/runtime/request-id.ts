import { randomUUID } from 'node:crypto'

/** The id a client sent, when it is one; else a new one. Anything else could forge log lines. */
export function requestId(sent: string | string[] | undefined): string {
  return typeof sent === 'string' && /^[A-Za-z0-9._~-]{1,128}$/.test(sent) ? sent : newRequestId()
}

/** An id that no other request has. */
export function newRequestId(): string {
  return randomUUID()
}
