import { createServer, type ServerOptions, type ServerResponse } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { PROBLEM_MEDIA_TYPE, ProblemError, problemToJson } from '../contract/problem.ts'
import type { AppEnv } from './app.ts'
import { newRequestId } from './request-id.ts'
import { SERVER_LIMITS, type ServerLimits } from './server-limits.ts'
import { limitSlowAnswer } from './slow-answer.ts'

/**
 * Longer than any request that makes progress takes; what still hangs then (an upload that stopped in
 * the middle) would keep a stopping function alive for ever.
 */
export const DRAIN_TIMEOUT_MS = 40_000

export type RunningServer = {
  port: number
  /**
   * Stops accepting, lets what is in flight finish to its last byte, and resolves when all
   * connections are closed; after `timeoutMs` they are cut.
   */
  drain: (timeoutMs?: number) => Promise<void>
}

/** Serves the app on all IPv4 addresses; resolves once it listens, rejects when it cannot. */
export async function serve(
  app: Hono<AppEnv>,
  port: number,
  limits: ServerLimits = SERVER_LIMITS,
): Promise<RunningServer> {
  const listener = getRequestListener(app.fetch, {
    autoCleanupIncoming: false,
    errorHandler: answerUnreadable,
  })
  const sockets = new Set<Socket>()
  const inFlight = new Map<Socket, ServerResponse>()

  const server = createServer(nodeOptions(limits), (incoming, outgoing) => {
    const { socket } = incoming
    inFlight.set(socket, outgoing)
    outgoing.once('close', () => {
      inFlight.delete(socket)
      if (!server.listening) socket.end()
    })
    if (!server.listening) outgoing.setHeader('Connection', 'close')
    void listener(incoming, outgoing).then(() => limitSlowAnswer(outgoing, limits))
  })
  server.maxConnections = limits.maxConnections
  // None, see maxHeaderBytes.
  server.maxHeadersCount = 0
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await listen(server, port)

  return {
    port: (server.address() as AddressInfo).port,
    async drain(timeoutMs = DRAIN_TIMEOUT_MS) {
      const closed = closeListener(server)
      for (const socket of sockets) {
        const outgoing = inFlight.get(socket)
        if (!outgoing) socket.destroy()
        else if (!outgoing.headersSent) outgoing.setHeader('Connection', 'close')
      }
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy()
      }, timeoutMs)
      await closed
      clearTimeout(timer)
    },
  }
}

function nodeOptions(limits: ServerLimits): ServerOptions {
  return {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
  }
}

function listen(server: NetServer, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '0.0.0.0', () => {
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

/** For a request that never becomes one, such as one whose Host is not a name. */
function answerUnreadable(): Response {
  const requestId = newRequestId()
  const problem = new ProblemError('invalid_request', 'The Host or the target is not understood.')
  return new Response(JSON.stringify(problemToJson(problem, requestId)), {
    status: problem.status,
    headers: { 'Content-Type': PROBLEM_MEDIA_TYPE, 'X-Request-Id': requestId },
  })
}
