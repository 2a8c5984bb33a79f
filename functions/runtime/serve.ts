import {
  createServer,
  type IncomingMessage,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { Hono } from 'hono'
import type { AppEnv } from './app.ts'
import { letWait } from './expect-continue.ts'
import type { Logger } from './logger.ts'
import { trackOwedAnswers } from './owed-answers.ts'
import { addRequestId } from './request-id.ts'
import { addSecurityHeaders } from './security-headers.ts'
import { SERVER_LIMITS, type ServerLimits } from './server-limits.ts'
import { limitSlowAnswer } from './slow-answer.ts'
import { answerUnreadable, refuseConnection, UnreadableRequestError } from './unreadable-request.ts'

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

/**
 * Serves the app on all IPv4 addresses; resolves once it listens, rejects when it cannot. Every answer has
 * a request id and the security headers, also to what is no request, which is `invalid_request` and one
 * line of the log.
 */
export async function serve(
  app: Hono<AppEnv>,
  port: number,
  log: Logger,
  limits: ServerLimits = SERVER_LIMITS,
): Promise<RunningServer> {
  const listener = getRequestListener(app.fetch, { autoCleanupIncoming: false, errorHandler })
  const server = createServer(nodeOptions(limits), answer)
  const owed = trackOwedAnswers(server)

  function errorHandler(error: unknown): Response | undefined {
    // Answered below.
    if (error instanceof RequestError) return undefined
    log.error({ err: error }, 'the app failed to answer its own failure')
    return new Response(null, { status: 500 })
  }

  function accept({ socket, headers }: IncomingMessage, outgoing: ServerResponse): void {
    owed.add(socket, outgoing)
    addRequestId(headers, outgoing)
    addSecurityHeaders(outgoing)
  }

  function answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    accept(incoming, outgoing)
    void listener(incoming, outgoing).then(() => {
      if (!outgoing.headersSent) answerUnreadable(log, incoming, outgoing, NO_TARGET)
      limitSlowAnswer(outgoing, limits)
    })
  }

  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    letWait(incoming, outgoing)
    answer(incoming, outgoing)
  })
  server.on('checkExpectation', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    accept(incoming, outgoing)
    answerUnreadable(log, incoming, outgoing, UNKNOWN_EXPECTATION)
  })
  server.on('clientError', (error: Error, socket: Socket) => {
    refuseConnection(log, error, socket, owed.next(socket))
  })
  server.maxConnections = limits.maxConnections
  // None, see maxHeaderBytes.
  server.maxHeadersCount = 0
  await listen(server, port)

  return {
    port: (server.address() as AddressInfo).port,
    async drain(timeoutMs = DRAIN_TIMEOUT_MS) {
      const closed = closeListener(server)
      owed.closeIdle()
      const timer = setTimeout(owed.cutAll, timeoutMs)
      await closed
      clearTimeout(timer)
    },
  }
}

const NO_TARGET = new UnreadableRequestError(
  400,
  'The Host or the target is not understood.',
  'no host or target',
)

const UNKNOWN_EXPECTATION = new UnreadableRequestError(
  417,
  'The only expectation that is understood is 100-continue.',
  'unknown expectation',
)

function nodeOptions(limits: ServerLimits): ServerOptions {
  return {
    // Refused like anything else that is not understood.
    requireHostHeader: false,
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
