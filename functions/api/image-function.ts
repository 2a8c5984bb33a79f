import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import {
  GEOMETRY_HEADER,
  geometryFromHeader,
  RESULT_HEADER,
  type ResultPixels,
  resultFromHeader,
  SOURCE_HEADER,
  sourceFromHeader,
} from '../contract/image-headers.ts'
import type { ResolvedOptions } from '../contract/options.ts'
import { optionsToQuery } from '../contract/options-query.ts'
import {
  overloaded,
  PROBLEM_MEDIA_TYPE,
  type ProblemCode,
  ProblemError,
  problemFromJson,
} from '../contract/problem.ts'
import { REQUEST_TIMEOUT_HEADER, timeoutToHeader } from '../contract/request-timeout.ts'
import { RESULT_MEDIA_TYPES } from '../contract/result-format.ts'
import type { Body } from '../runtime/read-body.ts'
import { createRetryAfter } from '../runtime/retry-after.ts'
import { readAnswer } from './read-answer.ts'
import { isWholeResult } from './whole-result.ts'

/** What a result says of itself, whenever it is answered. */
export type ResultHeaders = {
  'Content-Type': string
  [SOURCE_HEADER]: string
  [RESULT_HEADER]: string
  [GEOMETRY_HEADER]: string
}

/** A result as the image function answered it, and what it says of the time that it took. */
export type ImageAnswer = { bytes: Buffer; headers: ResultHeaders; serverTiming: string }

type Call = { requestId: string; signal: AbortSignal }

/** The image function, over HTTP on connections that are kept. */
export type ImageFunction = {
  /**
   * Processes a source. Throws the problem that the image function answered when it is the caller's
   * fault, else `overloaded`, `image_function_timeout` or `image_function_unavailable`; throws the
   * reason of the signal when that aborts, which ends the work behind it.
   *
   * Beyond the most calls at once it is `overloaded` without a call, until those under way are done as the
   * last ones were: requests that only wait fill the memory, and whoever waits long is not told when to come back.
   */
  process: (source: Body, options: ResolvedOptions, call: Call) => Promise<ImageAnswer>
}

export type ImageFunctionLimits = {
  /** For one call, from its first to its last byte. */
  timeoutMs: number
  /** How many calls there may be at once. */
  maxCalls: number
  /** For one result; one without an end would fill the memory. */
  maxResultBytes: number
}

/** Calls the image function at a URL, within limits. */
export function createImageFunction(
  url: URL,
  { timeoutMs, maxCalls, maxResultBytes }: ImageFunctionLimits,
): ImageFunction {
  const agent = new Agent({ keepAlive: true })
  const retryAfter = createRetryAfter(maxCalls)
  let calls = 0

  return {
    async process(source, options, { requestId, signal }) {
      if (calls >= maxCalls) throw allBusy(retryAfter.seconds(calls))
      calls++
      const startMs = performance.now()
      // Not AbortSignal.timeout(), which stays for all of its time, however soon the answer is there.
      const deadline = new AbortController()
      const timer = setTimeout(() => deadline.abort(), timeoutMs)
      const endMs = performance.now() + timeoutMs
      const path = `/process?${optionsToQuery(options)}`
      const headers = {
        'Content-Type': 'application/octet-stream',
        'Content-Length': source.byteLength,
        'X-Request-Id': requestId,
      }
      const either = AbortSignal.any([signal, deadline.signal])
      try {
        const target = new URL(path, url)
        const how = { agent, headers, signal: either, endMs, maxResultBytes }
        const send = () => post(target, how, source.chunks)
        const answer = toAnswer(await patiently(send, either), options)
        retryAfter.note(1, performance.now() - startMs)
        return answer
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof ProblemError) throw error
        if (!deadline.signal.aborted) throw unavailable('did not answer', error)
        retryAfter.note(1, timeoutMs)
        throw timedOut(timeoutMs, error)
      } finally {
        clearTimeout(timer)
        calls--
      }
    },
  }
}

/**
 * When to ask again after a gateway refused in the place of the image function: while its pods come and go
 * there is a moment in which it knows none. Together they are shorter than a start.
 */
const PAUSES_MS = [100, 300, 900]

async function patiently(send: () => Promise<Received>, signal: AbortSignal): Promise<Received> {
  for (const pauseMs of PAUSES_MS) {
    const received = await send()
    if (!isOfGateway(received)) return received
    await wait(pauseMs, undefined, { signal })
  }
  return await send()
}

/** A 503 that the image function did not say itself. */
function isOfGateway({ response: { statusCode, headers } }: Received): boolean {
  return statusCode === 503 && !headers['content-type']?.startsWith(PROBLEM_MEDIA_TYPE)
}

type Received = { response: IncomingMessage; bytes: Buffer }
type PostOptions = {
  agent: Agent
  headers: Record<string, string | number>
  signal: AbortSignal
  /** When the caller waits no longer, by the clock of `performance`. */
  endMs: number
  maxResultBytes: number
}

/**
 * Sends the chunks as they are and reads the whole answer. A kept connection may have been closed
 * just as the request went out on it; the work is idempotent, so one other connection is tried. What is
 * reset later was being worked on: a picture that ends an image function is not sent to the next one.
 */
async function post(target: URL, options: PostOptions, chunks: Buffer[]): Promise<Received> {
  try {
    return await postOnce(target, options, chunks)
  } catch (error) {
    if (!(error instanceof StaleConnectionError)) throw error
    return await postOnce(target, { ...options, agent: new Agent() }, chunks)
  }
}

class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError'
}

/** A connection found closed: while waiting for the answer, and while a long body is being written. */
const CLOSED: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE'])

/** What closed while it was idle says so as soon as something is sent. */
const STALE_WITHIN_MS = 100

/** What is told in a problem is short; of anything else only the beginning is looked at. */
export const MAX_PROBLEM_BYTES = 65_536

function postOnce(target: URL, options: PostOptions, chunks: Buffer[]): Promise<Received> {
  const { agent, signal, endMs, maxResultBytes } = options
  return new Promise((resolve, reject) => {
    const sentMs = performance.now()
    const leftMs = endMs - sentMs
    const headers = { ...options.headers, [REQUEST_TIMEOUT_HEADER]: timeoutToHeader(leftMs) }
    const request = httpRequest(target, { method: 'POST', agent, headers, signal })
    request.once('response', (response) => {
      const isResult = response.statusCode === 200
      const maxBytes = isResult ? maxResultBytes : MAX_PROBLEM_BYTES
      readAnswer(response, maxBytes).then((bytes) => {
        if (bytes) resolve({ response, bytes })
        else if (isResult) reject(resultTooLarge(maxBytes))
        else reject(unavailable(`answered with more than ${maxBytes} bytes`))
      }, reject)
    })
    // Each of them: what comes behind an answer that was read is an error, too.
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isSoon = performance.now() - sentMs < STALE_WITHIN_MS
      const stale = request.reusedSocket && isSoon && CLOSED.has(error.code ?? '')
      reject(stale ? new StaleConnectionError('closed while idle', { cause: error }) : error)
    })
    for (const chunk of chunks) request.write(chunk)
    request.end()
  })
}

/** The result that was asked for: whatever else comes with a 200 would be stored under its key for ever. */
function toAnswer({ response, bytes }: Received, options: ResolvedOptions): ImageAnswer {
  const { headers, statusCode = 0 } = response
  if (statusCode !== 200) throw problemOfAnswer(statusCode, headers, bytes)
  // It ends with its connection: a part of it would pass for the whole.
  if (!headers['content-length'] && !headers['transfer-encoding']) {
    throw unavailable('answered 200 without a length')
  }
  const { told, pixels } = readHeaders(headers, options.format)
  if (!isWholeResult(bytes, options, pixels)) {
    const seen = `${bytes.length} bytes with ${RESULT_HEADER}: ${told[RESULT_HEADER]}`
    throw unavailable(`answered 200 with what is no whole ${options.format}`, seen)
  }
  return { bytes, headers: told, serverTiming: String(headers['server-timing'] ?? '') }
}

function readHeaders(
  headers: IncomingMessage['headers'],
  format: ResolvedOptions['format'],
): { told: ResultHeaders; pixels: ResultPixels } {
  const mediaType = RESULT_MEDIA_TYPES[format]
  if (headers['content-type'] !== mediaType) {
    throw unavailable(`answered 200 with what is no ${mediaType}`, headers['content-type'])
  }
  const told = {
    'Content-Type': mediaType,
    [SOURCE_HEADER]: oneHeader(headers, SOURCE_HEADER),
    [RESULT_HEADER]: oneHeader(headers, RESULT_HEADER),
    [GEOMETRY_HEADER]: oneHeader(headers, GEOMETRY_HEADER),
  }
  const pixels = resultFromHeader(told[RESULT_HEADER])
  const isTold = sourceFromHeader(told[SOURCE_HEADER]) && geometryFromHeader(told[GEOMETRY_HEADER])
  if (!pixels || !isTold) throw unavailable('answered 200 without the headers of a result')
  return { told, pixels }
}

/** Empty where it is not there. */
function oneHeader(headers: IncomingMessage['headers'], name: string): string {
  const value = headers[name.toLowerCase()]
  return typeof value === 'string' ? value : ''
}

/** What the image function finds wrong with a source; any other answer of it is no caller's fault. */
const FAULTS_OF_THE_CALLER: ReadonlySet<string> = new Set<ProblemCode>([
  'payload_too_large',
  'unsupported_media_type',
  'too_many_pixels',
  'undecodable_image',
])

/** For an `overloaded` that came without a number, as a gateway's plain 503 does. */
const DEFAULT_RETRY_AFTER_SECONDS = 1

function problemOfAnswer(
  status: number,
  headers: IncomingMessage['headers'],
  bytes: Buffer,
): ProblemError {
  const isProblem = headers['content-type']?.startsWith(PROBLEM_MEDIA_TYPE)
  const problem = isProblem ? problemFromJson(bytes.toString()) : undefined
  if (problem && FAULTS_OF_THE_CALLER.has(problem.code)) {
    return new ProblemError(problem.code, problem.detail)
  }
  const cause = problem ? `${problem.code}: ${problem.detail}` : bytes.toString('utf8', 0, 200)
  if (status === 503) {
    const seconds = /^\d{1,4}$/.test(headers['retry-after'] ?? '')
      ? Number(headers['retry-after'])
      : DEFAULT_RETRY_AFTER_SECONDS
    return allBusy(seconds, cause)
  }
  if (status === 504) {
    return new ProblemError(
      'image_function_timeout',
      problem?.detail ?? 'No image function answered in time; try again, or send a smaller image.',
      { cause },
    )
  }
  return unavailable(`answered ${status}`, cause)
}

function allBusy(retryAfterSeconds: number, cause?: unknown): ProblemError {
  const detail = 'All image functions are busy; try again in a moment.'
  return overloaded(detail, retryAfterSeconds, cause)
}

function unavailable(what: string, cause?: unknown): ProblemError {
  return new ProblemError(
    'image_function_unavailable',
    `The image function ${what}; try again, and if it stays so tell whoever runs this service.`,
    { cause },
  )
}

/** Another try would have the same result. */
function resultTooLarge(maxBytes: number): ProblemError {
  return new ProblemError(
    'image_function_unavailable',
    `The image function answered with more than ${maxBytes} bytes: MAX_RESULT_BYTES of the api is smaller ` +
      'than the result; ask for a smaller one, or tell whoever runs this service.',
  )
}

function timedOut(timeoutMs: number, cause: unknown): ProblemError {
  return new ProblemError(
    'image_function_timeout',
    `The image function took more than ${timeoutMs} ms; send a smaller image or try again.`,
    { cause },
  )
}
