import type { AppContext } from './app.ts'
import type { Logger } from './logger.ts'

/** Writes one line when the answer is sent, or when the client left before it was. */
export function logRequest(log: Logger, c: AppContext): void {
  const startedMs = performance.now()
  const { incoming, outgoing } = c.env
  const { method, path } = c.req
  outgoing.once('close', () => {
    const status = outgoing.statusCode
    const line = {
      requestId: c.var.requestId,
      method,
      path,
      status,
      durationMs: Math.round((performance.now() - startedMs) * 10) / 10,
      ...(outgoing.writableFinished ? {} : { clientGone: true }),
      ...c.var.logged,
    }
    if (status >= 500 && !incoming.aborted) log.error(line)
    else log.info(line)
  })
}
