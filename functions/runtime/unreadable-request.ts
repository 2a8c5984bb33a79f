import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import {
  PROBLEM_MEDIA_TYPE,
  PROBLEMS,
  type ProblemCode,
  ProblemError,
  problemToJson,
} from '../contract/problem.ts'
import { answerWhileDiscarding } from './discard-body.ts'
import type { Logger } from './logger.ts'
import { newRequestId, requestIdOf } from './request-id.ts'
import { SECURITY_HEADERS } from './security-headers.ts'

/** Milliseconds for a client that still sends: closing at once would reset the connection and lose the answer. */
export const LINGER_MS = 1000

/**
 * What arrived is no request that an app could answer. Its status is the one that HTTP has for it, its code
 * `invalid_request`, or `upload_timeout` where it did not arrive in time.
 */
export class UnreadableRequestError extends Error {
  override readonly name = 'UnreadableRequestError'
  readonly code: ProblemCode
  readonly status: number
  readonly detail: string
  /** What Node calls it, for the log. */
  readonly reason: string

  constructor(status: number, detail: string, reason: string) {
    super(`${status}: ${detail}`)
    this.code = status === PROBLEMS.upload_timeout.status ? 'upload_timeout' : 'invalid_request'
    this.status = status
    this.detail = detail
    this.reason = reason
  }
}

/**
 * Answers a request that no app understands, such as one whose Host is not a name, and logs it. Of its body
 * no more is read than of one that an app refuses.
 */
export function answerUnreadable(
  log: Logger,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  error: UnreadableRequestError,
): void {
  const requestId = requestIdOf(outgoing)
  const text = problemText(error, requestId)
  const body = answerWhileDiscarding(text, error.code, { incoming, outgoing })
  const isWhole = body === text
  outgoing.writeHead(error.status, isWhole ? wholeHeaders(text) : PROBLEM_HEADERS)
  if (isWhole) outgoing.end(text)
  else Readable.from(body).pipe(outgoing)
  logUnreadable(log, requestId, error, { method: incoming.method })
}

/**
 * Answers a connection on which no request can be read any more: what came is not HTTP, is too long, or
 * came too slowly. It is closed then. One that was cut is not answered, and neither is one on whose
 * answer somebody wrote already. A request that did not arrive whole ends with the error, which its log line
 * tells; without one there is a line for this.
 */
export function refuseConnection(
  log: Logger,
  cause: NodeJS.ErrnoException,
  socket: Socket,
  unfinished: ServerResponse | undefined,
): void {
  const error = unreadableOf(cause)
  if (!error || !socket.writable || unfinished?.headersSent) {
    // One that was told to close sends what it was given first.
    if (!socket.writableEnded) socket.destroy()
    return
  }
  const requestId = unfinished ? requestIdOf(unfinished) : newRequestId()
  endWith(socket, answerText(error, requestId))
  if (unfinished) endUnfinished(unfinished, socket, error)
  else logUnreadable(log, requestId, error)
}

/** Answers who asks for a tunnel (CONNECT), of whose connection Node takes care no more. It is closed then. */
export function refuseTunnel(log: Logger, socket: Socket): void {
  // What is sent into it is thrown away.
  socket.resume()
  if (!socket.writable) return
  const requestId = newRequestId()
  endWith(socket, answerText(NO_TUNNEL, requestId))
  logUnreadable(log, requestId, NO_TUNNEL, { method: 'CONNECT' })
}

const NO_TUNNEL = new UnreadableRequestError(400, 'This is no proxy.', 'CONNECT')

function endWith(socket: Socket, answer: string): void {
  socket.end(answer)
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('close', () => clearTimeout(timer))
}

/** Ends a request, and not its connection with it; what still comes of its body is thrown away. */
function endUnfinished(outgoing: ServerResponse, socket: Socket, error: Error): void {
  outgoing.detachSocket(socket)
  outgoing.destroy(error)
  outgoing.req.removeAllListeners('data').resume()
}

/** What is told of it, or `undefined` where the client has left. */
function unreadableOf({ code = '' }: NodeJS.ErrnoException): UnreadableRequestError | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new UnreadableRequestError(408, 'The request did not arrive in time.', code)
  if (code === 'HPE_HEADER_OVERFLOW')
    return new UnreadableRequestError(431, 'The target and the headers are too long.', code)
  const isCut = code === 'HPE_INVALID_EOF_STATE'
  if (code.startsWith('HPE_') && !isCut)
    return new UnreadableRequestError(400, 'This is not a request of HTTP/1.1.', code)
  return undefined
}

function problemText({ code, detail, status }: UnreadableRequestError, requestId: string): string {
  const problem = problemToJson(new ProblemError(code, detail), requestId)
  return `${JSON.stringify({ ...problem, status })}\n`
}

const PROBLEM_HEADERS = { 'content-type': PROBLEM_MEDIA_TYPE, 'cache-control': 'no-store' }

function wholeHeaders(text: string) {
  return { ...PROBLEM_HEADERS, 'content-length': Buffer.byteLength(text) }
}

/** A whole answer, for a connection that has no `ServerResponse`. */
function answerText(error: UnreadableRequestError, requestId: string): string {
  const text = problemText(error, requestId)
  const headers = {
    ...wholeHeaders(text),
    ...SECURITY_HEADERS,
    'x-request-id': requestId,
    date: new Date().toUTCString(),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const { status } = error
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${text}`
}

function logUnreadable(
  log: Logger,
  requestId: string,
  { code, status, reason }: UnreadableRequestError,
  members: { method?: string | undefined } = {},
): void {
  log.info({ requestId, ...members, status, code, reason })
}
