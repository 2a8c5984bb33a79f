import { setTimeout } from 'node:timers/promises'

export type Patience = {
  /** From the first attempt on; one that has begun by then is still waited for. */
  forMs: number
  /** Between a failure and the next attempt. */
  pauseMs: number
  /** Whether a failure will not pass by waiting. */
  isFinal: (error: unknown) => boolean
  /** Told of the first failure that is waited for, as a wait that says nothing looks like a fault. */
  onFirstFailure: (error: unknown) => void
}

/** Does the work until it succeeds; rejects with a failure that is final, or with the last in that time. */
export async function keepTrying<Value>(
  work: () => Promise<Value>,
  { forMs, pauseMs, isFinal, onFirstFailure }: Patience,
): Promise<Value> {
  const deadlineMs = performance.now() + forMs
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (isFinal(error) || performance.now() + pauseMs >= deadlineMs) throw error
      if (attempt === 1) onFirstFailure(error)
      await setTimeout(pauseMs)
    }
  }
}
