/** What was asked for cannot be understood, so nothing was done; the message is a sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
