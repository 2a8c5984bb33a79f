import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel'
import type { Logger } from '../runtime/logger.ts'
import { ObjectError, StoreError } from './store-error.ts'

/** Fewer would be chance; each may cost a request the whole time of an operation. */
export const FAILURES_IN_A_ROW = 5

/** How long a failing store is left alone. */
export const LEFT_ALONE_MS = 5_000

/** Does one operation of a store, or fails with StoreError at once. */
export type StoreGuard = <Value>(operation: string, work: () => Promise<Value>) => Promise<Value>

/**
 * Leaves a store alone while it fails: after five StoreErrors in a row it is not asked for five
 * seconds, in which a StoreError comes at once; then one operation tries whether it is back. Logs the
 * first failure in a row, with its cause, and the end of it; `kind` says there what was being done.
 *
 * An ObjectError is not counted: a single object that is asked for again and again would else have all
 * others left alone.
 */
export function createStoreGuard(kind: string, log: Logger): StoreGuard {
  const policy = circuitBreaker(handleWhen(isOfStore), {
    halfOpenAfter: LEFT_ALONE_MS,
    breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW),
  })
  let failing = false

  /** Says what fails and why, once for all failures in a row, and when that is over. */
  function note(failure: unknown): void {
    if (failure && !failing) log.error({ err: failure }, `the store fails, ${kind}`)
    if (!failure && failing) log.info({}, `the store is back, ${kind}`)
    failing = failure !== undefined
  }

  return async (operation, work) => {
    // During the trial the policy would let all others wait for its end.
    if (policy.state === CircuitState.HalfOpen) throw new StoreError(operation, LEFT_ALONE)
    let asked = false
    try {
      const value = await policy.execute(() => {
        asked = true
        return work()
      })
      note(undefined)
      return value
    } catch (error) {
      if (!asked) throw new StoreError(operation, LEFT_ALONE)
      if (isOfStore(error)) note(error)
      throw error
    }
  }
}

function isOfStore(error: unknown): boolean {
  return error instanceof StoreError && !(error instanceof ObjectError)
}

const LEFT_ALONE = 'it has failed several times and is left alone for some seconds'
