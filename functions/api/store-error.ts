/** A store that did not answer, or not in time; the cause is for the log. */
export class StoreError extends Error {
  override readonly name = 'StoreError'

  constructor(operation: string, cause: unknown) {
    super(`the store failed to ${operation}`, { cause })
  }
}
