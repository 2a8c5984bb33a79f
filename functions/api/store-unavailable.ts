import { ProblemError } from '../contract/problem.ts'
import { StoreError } from './store-error.ts'

/** A store that failed is tried again after this; then the breaker lets one request through. */
const RETRY_AFTER_SECONDS = 5

/** What a store finds, where nothing else can answer. Throws `store_unavailable` when it fails. */
export async function orUnavailable<Found>(
  found: Promise<Found> | undefined,
): Promise<Found | undefined> {
  try {
    return await found
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    throw new ProblemError('store_unavailable', 'The store does not answer; try again.', {
      // Without the cause: that a store fails, and why, is logged once by what guards it.
      headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
    })
  }
}
