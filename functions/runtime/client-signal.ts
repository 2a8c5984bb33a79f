import type { ServerResponse } from 'node:http'

/** Aborts when the client goes away before its answer was sent completely. */
export function clientSignal(outgoing: ServerResponse): AbortSignal {
  const controller = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) controller.abort(new ClientGoneError())
  })
  return controller.signal
}

/** Resolves when the last byte of the answer was handed over, or the client has gone away before. */
export function answered(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (outgoing.closed) resolve()
    else outgoing.once('close', resolve)
  })
}

/** The client left; nobody reads what is answered now. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError'

  constructor() {
    super('the client closed the connection before it was answered')
  }
}
