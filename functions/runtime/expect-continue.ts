import type { IncomingMessage, ServerResponse } from 'node:http'

/** Requests whose client asked whether to send their body, and was not answered yet. */
const waiting = new WeakMap<IncomingMessage, ServerResponse>()

/**
 * Lets a client with `Expect: 100-continue` wait until it was judged; who is refused before its body is
 * read, as for want of a key, then sends nothing of it.
 */
export function letWait(incoming: IncomingMessage, outgoing: ServerResponse): void {
  waiting.set(incoming, outgoing)
}

/** Whether the client still waits for the word to send its body. */
export function waitsForContinue(incoming: IncomingMessage): boolean {
  return waiting.has(incoming)
}

/** Tells the client to send its body, if it waits for that. */
export function tellToContinue(incoming: IncomingMessage): void {
  waiting.get(incoming)?.writeContinue()
  waiting.delete(incoming)
}
