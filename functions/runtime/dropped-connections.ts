import type { Server } from 'node:net'
import type { Logger } from './logger.ts'

/** Whoever opens connections by the thousand must not fill the log as well. */
export const DROPPED_LINE_EVERY_MS = 60_000

/**
 * Logs that a server closes connections unanswered, as it has as many as it may: the first at once, and how
 * many came after it once a minute.
 */
export function logDroppedConnections(server: Server, log: Logger): void {
  let dropped = 0
  let timer: NodeJS.Timeout | undefined

  function write(): void {
    timer = undefined
    if (dropped === 0) return
    const { maxConnections } = server
    log.error({ dropped, maxConnections }, 'too many connections: new ones are closed unanswered')
    dropped = 0
    timer = setTimeout(write, DROPPED_LINE_EVERY_MS)
    timer.unref()
  }

  server.on('drop', () => {
    dropped++
    if (!timer) write()
  })
  server.once('close', () => {
    clearTimeout(timer)
    write()
  })
}
