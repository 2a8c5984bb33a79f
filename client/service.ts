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
import type { ResultFormat } from '../functions/contract/result-format.ts'
import { keyHint } from './api-key.ts'
import { FileError } from './file-error.ts'
import { type HttpAnswer, type HttpRequest, httpRequest } from './http-request.ts'
import { formatFromContentType } from './result-format.ts'
import type { ServiceAddress } from './service-address.ts'
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
  /** The same as `process` for a source that the service downloads from where it is. */
  processUrl: (sourceUrl: URL, signal: AbortSignal) => Promise<Answer>
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
export function createService(address: ServiceAddress, query: string, wait = waitSeconds): Service {
  const { url: serviceUrl } = address
  const target = `${serviceUrl}/image${query && `?${query}`}`

  /** Posts until there is an answer that is no request to wait. */
  async function postUntilAnswered(
    createRequest: () => SourceRequest | Promise<SourceRequest>,
    signal: AbortSignal,
  ): Promise<{ received: HttpAnswer; elapsedMs: number; more: string }> {
    for (let tries = 1; ; tries++) {
      const request = await createRequest()
      const startedMs = performance.now()
      const received = await ask(target, { method: 'POST', ...request, signal }, address)
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
      if (received.status !== 200) throw toFileError(received, address, more)
      return { ...toAnswer(received, serviceUrl), elapsedMs }
    },

    async processKept(sha256, signal) {
      const asked = `${serviceUrl}/sources/${sha256}`
      const { status } = await ask(asked, { method: 'HEAD', signal }, address)
      if (status !== 200) return undefined
      const createRequest = () => namedSource({ sha256 })
      const { received, elapsedMs, more } = await postUntilAnswered(createRequest, signal)
      if (received.status === 200) return { ...toAnswer(received, serviceUrl), elapsedMs }
      if (NOT_TO_BE_HAD.has(problemOf(received)?.code)) return undefined
      throw toFileError(received, address, more)
    },

    async processUrl({ href }, signal) {
      const createRequest = () => namedSource({ url: href })
      const { received, elapsedMs, more } = await postUntilAnswered(createRequest, signal)
      if (received.status !== 200) throw toFileError(received, address, more)
      return { ...toAnswer(received, serviceUrl), elapsedMs }
    },
  }
}

/** A request that names its source in the place of sending it. */
function namedSource(members: { sha256: string } | { url: string }): SourceRequest {
  const headers = { 'Content-Type': 'application/json' }
  return { headers, body: [Buffer.from(JSON.stringify(members))] }
}

/** Problems of a kept source that its bytes do not have. */
const NOT_TO_BE_HAD: ReadonlySet<ProblemCode | undefined> = new Set<ProblemCode>([
  'not_found',
  'store_unavailable',
])

/** What differs from one way to name a source to the other. */
type SourceRequest = Pick<HttpRequest, 'headers' | 'body'>

async function ask(
  target: string,
  request: HttpRequest & { signal: AbortSignal },
  { url, host, apiKey }: ServiceAddress,
): Promise<HttpAnswer> {
  try {
    return await httpRequest(target, { ...request, host, apiKey })
  } catch (error) {
    request.signal.throwIfAborted()
    throw toExpectedError(error, url)
  }
}

async function openSource(file: string): Promise<Blob> {
  try {
    return await openAsBlob(file)
  } catch (error) {
    throw new FileError('The file cannot be opened.', { cause: error })
  }
}

/** What the system reports when no connection came to be. */
const NO_CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
])

function toExpectedError(error: unknown, serviceUrl: string): unknown {
  if (!(error instanceof Error)) return error
  if (error.name === 'NotReadableError') {
    return new FileError('The file cannot be read, or was changed while it was sent.', {
      cause: error,
    })
  }
  if (isNoConnection(error)) return unreachable(serviceUrl, error)
  if (!('code' in error)) return error
  return new FileError(
    `The connection to ${serviceUrl} failed before the answer was complete (${error.message}).`,
    { cause: error },
  )
}

/** Whether this error says that no connection came to be. */
export function isNoConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && NO_CONNECTION_CODES.has(String(error.code))
}

/** The error that says so in a sentence. */
export function unreachable(serviceUrl: string, cause: unknown): UnreachableError {
  return new UnreachableError(
    `Nothing answers at ${serviceUrl}; start the service with npm start, or name another with ` +
      '--url.',
    { cause },
  )
}

function toAnswer({ headers, bytes }: HttpAnswer, serviceUrl: string): Omit<Answer, 'elapsedMs'> {
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
function secondsToWait(received: HttpAnswer): number | undefined {
  const { status, headers } = received
  // Only a kept source needs the store: to send its bytes is faster than to wait for it.
  if (problemOf(received)?.code === 'store_unavailable') return undefined
  const text = headers.get('Retry-After') ?? ''
  const seconds = Number(text)
  const isTold = (status === 503 || status === 429) && /^\d+$/.test(text)
  return isTold && seconds <= MAX_WAIT_SECONDS ? seconds : undefined
}

function problemOf({ status, bytes }: HttpAnswer) {
  return status === 200 ? undefined : problemFromJson(new TextDecoder().decode(bytes))
}

function toFileError(received: HttpAnswer, address: ServiceAddress, more: string) {
  const { status, headers } = received
  const problem = problemOf(received)
  const sentence =
    problem?.detail ??
    `${address.url} answered ${status} and no reason; is this the address of the image service, or of a gateway that wants its --host?`
  const hint = keyHint(problem?.code, address)
  const requestId = headers.get('X-Request-Id')
  return new FileError(
    `${sentence}${more}${hint && ` ${hint}`}${requestId ? ` (request ${requestId})` : ''}`,
  )
}
