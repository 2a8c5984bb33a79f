/** A store that did not answer, or not in time; the cause is for the log. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError'

  constructor(operation: string, cause: unknown) {
    super(`the store failed to ${operation}`, { cause })
  }
}

/** A store that failed for one object alone, while it answers for others. */
export class ObjectError extends StoreError {
  override readonly name = 'ObjectError'

  constructor(cause: unknown) {
    super('change an object that it cannot read either', cause)
  }
}
