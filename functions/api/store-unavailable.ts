import { ProblemError } from '../contract/problem.ts'
import { ObjectError, StoreError } from './store-error.ts'

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
    const detail = error instanceof ObjectError ? REFUSES : 'The store does not answer; try again.'
    throw new ProblemError('store_unavailable', detail, {
      // Without the cause: that a store fails, and why, is logged once by what guards it.
      headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
    })
  }
}

const REFUSES =
  'The store has a damaged object that it neither reads nor deletes; whoever runs the store must remove it.'
