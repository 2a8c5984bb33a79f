import type { MiddlewareHandler } from 'hono'
import { LRUCache } from 'lru-cache'
import type { RateLimiterRes } from 'rate-limiter-flexible'
// The package's own entry loads a limiter for every database.
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js'
import { ProblemError } from '../contract/problem.ts'
import type { AppEnv } from '../runtime/app.ts'
import { createClientAddress } from './client-address.ts'
import type { ApiConfig } from './config.ts'

/**
 * Callers that are counted at once. Without a bound, whoever has many addresses fills the memory with
 * counters; with it the counter of who called longest ago is forgotten. 20,000 take some 12 MB.
 */
export const MAX_CALLERS = 20_000

/**
 * Counts the requests of each caller, by the key that let it in, else by its address, and refuses with
 * `rate_limited` what is over RATE_LIMIT in a window, which begins with the first. It is the count of one
 * process. Answers tell what is left as draft-ietf-httpapi-ratelimit-headers-11 has it.
 */
export function rateLimit(
  config: Pick<ApiConfig, 'RATE_LIMIT' | 'RATE_LIMIT_WINDOW_SECONDS' | 'TRUSTED_PROXIES'>,
  maxCallers = MAX_CALLERS,
): MiddlewareHandler<AppEnv> {
  const { RATE_LIMIT: limit, RATE_LIMIT_WINDOW_SECONDS: windowSeconds } = config
  const clientAddress = createClientAddress(config.TRUSTED_PROXIES)
  const count = createCounter(limit, windowSeconds, maxCallers)
  const policy = `"default";q=${limit};w=${windowSeconds}`

  return async function rateLimit(c, next) {
    const { apiKey } = c.var
    const caller = apiKey === undefined ? clientAddress(c.env.incoming) : `key ${apiKey}`
    const { isOver, remainingPoints, msBeforeNext } = await count(caller)
    const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000))
    c.header('RateLimit-Policy', policy)
    c.header('RateLimit', `"default";r=${remainingPoints};t=${seconds}`)
    if (isOver) throw rateLimited(limit, windowSeconds, seconds)
    await next()
  }
}

function createCounter(points: number, duration: number, maxCallers: number) {
  const limiter = new RateLimiterMemory({ points, duration })
  // The limiter itself forgets a caller when its window ends, and has no bound before.
  const callers = new LRUCache<string, true>({
    max: maxCallers,
    dispose: (_, caller) => void limiter.delete(caller),
  })

  return async (caller: string) => {
    callers.set(caller, true)
    const counted = await limiter.consume(caller).then(
      (result) => ({ result, isOver: false }),
      // It rejects with the count, and for nothing else.
      (result: RateLimiterRes) => ({ result, isOver: true }),
    )
    const { remainingPoints, msBeforeNext } = counted.result
    return { isOver: counted.isOver, remainingPoints, msBeforeNext }
  }
}

function rateLimited(limit: number, windowSeconds: number, seconds: number): ProblemError {
  return new ProblemError(
    'rate_limited',
    `More than ${limit} requests in ${windowSeconds} seconds; try again in ${seconds}.`,
    { headers: { 'Retry-After': String(seconds) } },
  )
}
