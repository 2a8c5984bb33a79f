import { RESULT_HEADER } from '../functions/contract/image-headers.ts'
import { problemFromJson } from '../functions/contract/problem.ts'
import { type CacheUse, cacheUseFromHeader, timingsFromHeader } from './answer-headers.ts'
import type { Clock } from './clock.ts'
import { type HttpAnswer, httpRequest } from './http-request.ts'
import type { ServiceAddress } from './service-address.ts'

/** One request and what became of it; times are those of the clock. */
export type Exchange = {
  /** When it had to be sent. A service that answers late does not move it. */
  dueMs: number
  endedMs: number
  /**
   * `ok` for a result, else the code of the problem, such as `overloaded`, or what else came, such as
   * `HTTP 503` of a gateway, or of the network, such as `ECONNRESET`; `timeout` when nothing came.
   */
  outcome: string
  /** Whether a refusal said when to come back; `undefined` for all that is none. */
  retryAfter?: boolean
  cache?: CacheUse
  /** What the answer says of the time it took, in milliseconds. */
  timings: Map<string, number>
  /** What the system said when nothing was answered. */
  failure?: unknown
}

/** Longer than any limit of the service itself. */
const TIMEOUT_MS = 60_000

export type Exchanger = (
  picture: readonly Uint8Array[],
  dueMs: number,
  signal: AbortSignal,
) => Promise<Exchange>

/**
 * Posts pictures of a type and says what became of each. Whoever waits for more than a minute, counted from
 * when the picture was due, is answered `timeout`. Rejects when the signal aborts, and for nothing else.
 */
export function createExchanger(
  { url, host, apiKey }: ServiceAddress,
  query: string,
  type: string,
  clock: Clock,
): Exchanger {
  const target = `${url}/image${query && `?${query}`}`
  const headers = { 'Content-Type': type }
  return async (picture, dueMs, signal) => {
    const timeLeftMs = Math.max(0, Math.ceil(dueMs + TIMEOUT_MS - clock.nowMs()))
    const timeout = AbortSignal.timeout(timeLeftMs)
    const either = AbortSignal.any([signal, timeout])
    const said = await httpRequest(target, {
      ...{ method: 'POST', headers, host, apiKey, body: picture, signal: either },
    }).then(describeAnswer, (error: unknown) => {
      signal.throwIfAborted()
      return describeFailure(error, timeout.aborted)
    })
    return { dueMs, endedMs: clock.nowMs(), ...said }
  }
}

type Described = Omit<Exchange, 'dueMs' | 'endedMs'>

function describeAnswer({ status, headers, bytes }: HttpAnswer): Described {
  const timings = timingsFromHeader(headers.get('Server-Timing') ?? '')
  if (status === 200) {
    const outcome = headers.has(RESULT_HEADER) ? 'ok' : 'no result'
    const cache = cacheUseFromHeader(headers.get('Cache-Status') ?? '')
    return { outcome, timings, ...(cache && { cache }) }
  }
  const problem = problemFromJson(new TextDecoder().decode(bytes))
  const isRefusal = status === 503 || status === 429
  return {
    outcome: problem?.code ?? `HTTP ${status}`,
    timings,
    ...(isRefusal && { retryAfter: headers.has('Retry-After') }),
  }
}

function describeFailure(failure: unknown, isTimeout: boolean): Described {
  const code =
    failure instanceof Error && 'code' in failure ? String(failure.code) : 'network error'
  return { outcome: isTimeout ? 'timeout' : code, timings: new Map(), failure }
}
