/**
 * The outcome of work that may not heed the signal, or a rejection with the reason of the signal as soon as
 * that aborts. Whether it has aborted already is for the caller to ask, before the work begins.
 */
export async function orAborted<Value>(
  outcome: Promise<Value>,
  signal: AbortSignal,
): Promise<Value> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([outcome, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
