import type { AppContext } from './app.ts'
import type { Logger } from './logger.ts'

/** As nginx writes it: the client left before it was answered. */
const CLIENT_GONE_STATUS = 499

/** Writes one line when the answer is sent, or when the client left before it was. */
export function logRequest(log: Logger, c: AppContext): void {
  const startedMs = performance.now()
  const { outgoing } = c.env
  const { method, path } = c.req
  outgoing.once('close', () => {
    const status = outgoing.writableFinished ? outgoing.statusCode : CLIENT_GONE_STATUS
    const durationMs = Math.round((performance.now() - startedMs) * 10) / 10
    const line = { requestId: c.var.requestId, method, path, status, durationMs, ...c.var.logged }
    if (status >= 500) log.error(line)
    else log.info(line)
  })
}
