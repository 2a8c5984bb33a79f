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
import { problemFromJson } from '../functions/contract/problem.ts'
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

  return {
    async process(file, signal) {
      for (let tries = 1; ; tries++) {
        const startedMs = performance.now()
        const received = await post(target, file, signal, serviceUrl)
        const elapsedMs = performance.now() - startedMs
        if (received.status === 200) return { ...toAnswer(received, serviceUrl), elapsedMs }
        const seconds = secondsToWait(received)
        if (seconds === undefined) throw toFileError(received, serviceUrl)
        if (tries === MAX_TRIES) throw toFileError(received, serviceUrl, ` Tried ${tries} times.`)
        await wait(seconds, signal)
      }
    },
  }
}

type Received = { status: number; headers: Headers; bytes: Uint8Array }

async function post(
  target: string,
  file: string,
  signal: AbortSignal,
  serviceUrl: string,
): Promise<Received> {
  // A blob of a file has a known length, so that the service can refuse one too large unread.
  const body = await openSource(file)
  try {
    // A followed 301 or 302 would make a GET of this.
    const response = await fetch(target, { method: 'POST', body, redirect: 'manual', signal })
    const { status, headers } = response
    return { status, headers, bytes: new Uint8Array(await response.arrayBuffer()) }
  } catch (error) {
    signal.throwIfAborted()
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
function secondsToWait({ status, headers }: Received): number | undefined {
  const text = headers.get('Retry-After') ?? ''
  const seconds = Number(text)
  const isTold = (status === 503 || status === 429) && /^\d+$/.test(text)
  return isTold && seconds <= MAX_WAIT_SECONDS ? seconds : undefined
}

function toFileError({ status, headers, bytes }: Received, serviceUrl: string, more = '') {
  const problem = problemFromJson(new TextDecoder().decode(bytes))
  const sentence =
    problem?.detail ??
    `${serviceUrl} answered ${status} and no reason; is this the address of the image service?`
  const requestId = headers.get('X-Request-Id')
  return new FileError(`${sentence}${more}${requestId ? ` (request ${requestId})` : ''}`)
}
