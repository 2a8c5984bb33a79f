import { type AddressInfo, Server as NetServer } from 'node:net'
import type { Hono } from 'hono'
import type { AppEnv } from './app.ts'
import { createAppServer } from './app-server.ts'
import type { Logger } from './logger.ts'
import { SERVER_LIMITS, type ServerLimits } from './server-limits.ts'

/**
 * Longer than any request that makes progress takes; what still hangs then (an upload that stopped in
 * the middle) would keep a stopping function alive for ever.
 */
export const DRAIN_TIMEOUT_MS = 40_000

/** An address of this machine, and a port there; 0 takes a free one. */
export type Where = { address: string; port: number }

export type RunningServer = {
  port: number
  /** How many requests have not been answered to their last byte. */
  inFlight: () => number
  /**
   * Stops accepting, lets what is in flight finish to its last byte, and resolves when all
   * connections are closed; after `timeoutMs` they are cut.
   */
  drain: (timeoutMs?: number) => Promise<void>
}

/** Serves the app on an address of this machine; resolves once it listens, rejects when it cannot. */
export async function serve(
  app: Hono<AppEnv>,
  where: Where,
  log: Logger,
  limits: ServerLimits = SERVER_LIMITS,
): Promise<RunningServer> {
  const { server, owed } = createAppServer(app, log, limits)
  await listen(server, where)

  return {
    port: (server.address() as AddressInfo).port,
    inFlight: owed.count,
    async drain(timeoutMs = DRAIN_TIMEOUT_MS) {
      const closed = closeListener(server)
      owed.closeIdle()
      const timer = setTimeout(owed.cutAll, timeoutMs)
      await closed
      clearTimeout(timer)
    },
  }
}

function listen(server: NetServer, { address, port }: Where): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/**
 * Stops listening and resolves when the last connection is gone. An HTTP server's own `close()` also
 * destroys connections whose answer was handed over but is still on its way to a slow reader.
 */
function closeListener(server: NetServer): Promise<void> {
  return new Promise((resolve, reject) => {
    NetServer.prototype.close.call(server, (error) => (error ? reject(error) : resolve()))
  })
}
