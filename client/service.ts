import { openAsBlob } from 'node:fs'
import {
  GEOMETRY_HEADER,
  type Geometry,
  geometryFromHeader,
  RESULT_HEADER,
  type ResultPixels,
  resultFromHeader,
  SOURCE_HEADER,
  type SourceInfo,
  sourceFromHeader,
} from '../functions/contract/image-headers.ts'
import { type ProblemCode, problemFromJson } from '../functions/contract/problem.ts'
import { FileError } from './file-error.ts'
import { formatFromContentType, type ResultFormat } from './result-format.ts'
import { waitSeconds } from './wait-seconds.ts'

/** A result as the service answered it; the time is that of the one request which brought it. */
export type Answer = {
  bytes: Uint8Array
  format: ResultFormat
  source: SourceInfo
  result: ResultPixels
  geometry: Geometry
  elapsedMs: number
}

/** The service, over HTTP. */
export type Service = {
  /**
   * Sends the bytes of a file and resolves with its result. A service at its limit is tried again
   * when it said to. Throws FileError when there is no result for this file and UnreachableError when
   * nothing answers; rejects at once when the signal aborts.
   */
  process: (file: string, signal: AbortSignal) => Promise<Answer>
  /**
   * The same for a source that the service keeps, by its SHA-256 and without sending it. `undefined`
   * when it does not keep it or its store does not answer: then the bytes have to be sent.
   */
  processKept: (sha256: string, signal: AbortSignal) => Promise<Answer | undefined>
}

/** Nothing answers where the service should be, so that no other file has a chance either. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

/** Requests for one file, the first included, before a service at its limit is left alone. */
const MAX_TRIES = 5

/** A longer wait is for the caller to decide; without a bound a wrong header would stop the client. */
const MAX_WAIT_SECONDS = 60

/** The service at an address, asked for the options of a query string. */
export function createService(serviceUrl: string, query: string, wait = waitSeconds): Service {
  const target = `${serviceUrl}/image${query && `?${query}`}`

  /** Posts until there is an answer that is no request to wait. */
  async function postUntilAnswered(
    createRequest: () => RequestInit | Promise<RequestInit>,
    signal: AbortSignal,
  ): Promise<{ received: Received; elapsedMs: number; more: string }> {
    for (let tries = 1; ; tries++) {
      const request = await createRequest()
      const startedMs = performance.now()
      const received = await ask(target, { method: 'POST', ...request, signal }, serviceUrl)
      const elapsedMs = performance.now() - startedMs
      const seconds = secondsToWait(received)
      if (seconds === undefined) return { received, elapsedMs, more: '' }
      if (tries === MAX_TRIES) return { received, elapsedMs, more: ` Tried ${tries} times.` }
      await wait(seconds, signal)
    }
  }

  return {
    async process(file, signal) {
      // A blob of a file has a known length, so that the service can refuse one too large unread.
      const createRequest = async () => ({ body: await openSource(file) })
      const { received, elapsedMs, more } = await postUntilAnswered(createRequest, signal)
      if (received.status !== 200) throw toFileError(received, serviceUrl, more)
      return { ...toAnswer(received, serviceUrl), elapsedMs }
    },

    async processKept(sha256, signal) {
      const asked = `${serviceUrl}/sources/${sha256}`
      const { status } = await ask(asked, { method: 'HEAD', signal }, serviceUrl)
      if (status !== 200) return undefined
      const createRequest = () => ({ headers: JSON_TYPE, body: JSON.stringify({ sha256 }) })
      const { received, elapsedMs, more } = await postUntilAnswered(createRequest, signal)
      if (received.status === 200) return { ...toAnswer(received, serviceUrl), elapsedMs }
      if (NOT_TO_BE_HAD.has(problemOf(received)?.code)) return undefined
      throw toFileError(received, serviceUrl, more)
    },
  }
}

const JSON_TYPE = { 'Content-Type': 'application/json' }

/** Problems of a kept source that its bytes do not have. */
const NOT_TO_BE_HAD: ReadonlySet<ProblemCode | undefined> = new Set<ProblemCode>([
  'not_found',
  'store_unavailable',
])

type Received = { status: number; headers: Headers; bytes: Uint8Array }

async function ask(
  target: string,
  request: RequestInit & { signal: AbortSignal },
  serviceUrl: string,
): Promise<Received> {
  try {
    // A followed 301 or 302 would make a GET of a POST.
    const response = await fetch(target, { ...request, redirect: 'manual' })
    const { status, headers } = response
    return { status, headers, bytes: new Uint8Array(await response.arrayBuffer()) }
  } catch (error) {
    request.signal.throwIfAborted()
    throw toExpectedError(error, serviceUrl)
  }
}

async function openSource(file: string): Promise<Blob> {
  try {
    return await openAsBlob(file)
  } catch (error) {
    throw new FileError('The file cannot be opened.', { cause: error })
  }
}

/** What fetch reports when no connection came to be. */
const NO_CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** fetch throws a TypeError for all that happens on the way, and says what it was in the cause. */
function toExpectedError(error: unknown, serviceUrl: string): unknown {
  if (!(error instanceof TypeError && error.cause instanceof Error)) return error
  const { cause } = error
  if (cause.name === 'NotReadableError') {
    return new FileError('The file cannot be read, or was changed while it was sent.', { cause })
  }
  if ('code' in cause && NO_CONNECTION_CODES.has(String(cause.code))) {
    return new UnreachableError(
      `Nothing answers at ${serviceUrl}; start the service with npm start, or name another with ` +
        '--url.',
      { cause },
    )
  }
  return new FileError(
    `The connection to ${serviceUrl} failed before the answer was complete (${cause.message}).`,
    { cause },
  )
}

function toAnswer({ headers, bytes }: Received, serviceUrl: string): Omit<Answer, 'elapsedMs'> {
  const format = formatFromContentType(headers.get('Content-Type') ?? '')
  const source = sourceFromHeader(headers.get(SOURCE_HEADER) ?? '')
  const result = resultFromHeader(headers.get(RESULT_HEADER) ?? '')
  const geometry = geometryFromHeader(headers.get(GEOMETRY_HEADER) ?? '')
  if (format && source && result && geometry) return { bytes, format, source, result, geometry }
  throw new FileError(
    `What ${serviceUrl} answered is not a result; is this the address of the image service?`,
  )
}

/** What the service told to wait before the next try; nothing when it did not, or for too long. */
function secondsToWait(received: Received): number | undefined {
  const { status, headers } = received
  // Only a kept source needs the store: to send its bytes is faster than to wait for it.
  if (problemOf(received)?.code === 'store_unavailable') return undefined
  const text = headers.get('Retry-After') ?? ''
  const seconds = Number(text)
  const isTold = (status === 503 || status === 429) && /^\d+$/.test(text)
  return isTold && seconds <= MAX_WAIT_SECONDS ? seconds : undefined
}

function problemOf({ status, bytes }: Received) {
  return status === 200 ? undefined : problemFromJson(new TextDecoder().decode(bytes))
}

function toFileError(received: Received, serviceUrl: string, more: string) {
  const { status, headers } = received
  const sentence =
    problemOf(received)?.detail ??
    `${serviceUrl} answered ${status} and no reason; is this the address of the image service?`
  const requestId = headers.get('X-Request-Id')
  return new FileError(`${sentence}${more}${requestId ? ` (request ${requestId})` : ''}`)
}
