import type { IncomingMessage, ServerResponse } from 'node:http'
import { LINGER_MS } from './unreadable-request.ts'

/**
 * Cuts the connection of a request that goes on after its whole answer, as a GET with a body that nobody asked
 * for: Node would read it to its end, which may never come.
 */
export function cutUnaskedBody(incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.once('finish', () => {
    if (incoming.complete) return
    const timer = setTimeout(() => incoming.socket.destroy(), LINGER_MS)
    incoming.once('close', () => clearTimeout(timer))
  })
}
