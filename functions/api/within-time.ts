import { orAborted } from './or-aborted.ts'

/**
 * Does work within a time, whatever it waits for. After that its signal aborts, and this rejects with the
 * reason, an Error that names the time.
 */
export async function withinTime<Value>(
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const deadline = new AbortController()
  const { signal } = deadline
  const timer = setTimeout(() => {
    deadline.abort(new Error(`no answer within ${timeoutMs} ms`))
  }, timeoutMs)
  try {
    return await orAborted(work(signal), signal)
  } finally {
    // What waits for a timer holds all bytes of the work.
    clearTimeout(timer)
  }
}
