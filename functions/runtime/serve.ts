import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import type { AppEnv } from './app.ts'

/**
 * Above the 90 s for which Knative's queue-proxy keeps an idle connection: whoever closes first must
 * not be the server, or a request just sent on it is answered with a reset.
 */
const KEEP_ALIVE_TIMEOUT_MS = 100_000

export type RunningServer = {
  port: number
  /** Stops accepting, lets what is in flight finish, and resolves when the last answer is out. */
  drain: () => Promise<void>
}

/** Serves the app on all IPv4 addresses; resolves once it listens, rejects when it cannot. */
export async function serve(app: Hono<AppEnv>, port: number): Promise<RunningServer> {
  const listener = getRequestListener(app.fetch, { autoCleanupIncoming: false })
  const inFlight = new Set<ServerResponse>()
  const server = createServer((incoming, outgoing) => {
    inFlight.add(outgoing)
    outgoing.once('close', () => {
      inFlight.delete(outgoing)
      if (!server.listening) server.closeIdleConnections()
    })
    if (!server.listening) outgoing.setHeader('Connection', 'close')
    void listener(incoming, outgoing)
  })
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await listen(server, port)
  return {
    port: (server.address() as AddressInfo).port,
    drain() {
      const drained = close(server)
      // Node counts a connection as idle only after its first request; one without any would stay.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
      for (const outgoing of inFlight) {
        if (!outgoing.headersSent) outgoing.setHeader('Connection', 'close')
      }
      return drained
    },
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '0.0.0.0', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()))
  })
}
