import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { Hono } from 'hono'
import type { AppEnv } from './app.ts'
import { logDroppedConnections } from './dropped-connections.ts'
import { letWait } from './expect-continue.ts'
import type { Logger } from './logger.ts'
import { type OwedAnswers, trackOwedAnswers } from './owed-answers.ts'
import { addRequestId } from './request-id.ts'
import { addSecurityHeaders } from './security-headers.ts'
import type { ServerLimits } from './server-limits.ts'
import { limitSlowAnswer } from './slow-answer.ts'
import { cutUnaskedBody } from './unasked-body.ts'
import {
  answerUnreadable,
  refuseConnection,
  refuseTunnel,
  UnreadableRequestError,
} from './unreadable-request.ts'

/**
 * A server that answers with the app, within the limits, and does not listen yet. Every answer has a request
 * id and the security headers, also to what is no request, which is `invalid_request` and one line of the
 * log.
 */
export function createAppServer(
  app: Hono<AppEnv>,
  log: Logger,
  limits: ServerLimits,
): { server: Server; owed: OwedAnswers } {
  const listener = getRequestListener(app.fetch, { autoCleanupIncoming: false, errorHandler })
  const server = createServer(nodeOptions(limits), answer)
  const owed = trackOwedAnswers(server)

  function errorHandler(error: unknown): Response | undefined {
    // Answered below.
    if (error instanceof RequestError) return undefined
    log.error({ err: error }, 'the app failed to answer its own failure')
    return new Response(null, { status: 500 })
  }

  function accept(incoming: IncomingMessage, outgoing: ServerResponse): void {
    owed.add(incoming.socket, outgoing)
    addRequestId(incoming.headers, outgoing)
    addSecurityHeaders(outgoing)
    cutUnaskedBody(incoming, outgoing)
    // What was sent behind it in one piece is lost: Node took it for another protocol.
    if (incoming.headers.upgrade !== undefined) outgoing.setHeader('Connection', 'close')
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
    // It may send the body or not: what comes next could be either.
    outgoing.setHeader('Connection', 'close')
    answerUnreadable(log, incoming, outgoing, UNKNOWN_EXPECTATION)
    limitSlowAnswer(outgoing, limits)
  })
  server.on('clientError', (error: Error, socket: Socket) => {
    owed.afterWhole(socket, (unfinished) => refuseConnection(log, error, socket, unfinished))
  })
  server.on('connect', (_incoming: IncomingMessage, socket: Socket) => {
    // Node listens no more, and what nobody hears would end the process.
    socket.on('error', () => {})
    owed.afterWhole(socket, () => refuseTunnel(log, socket))
  })
  server.maxConnections = limits.maxConnections
  logDroppedConnections(server, log)
  // None, see maxHeaderBytes.
  server.maxHeadersCount = 0

  return { server, owed }
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
