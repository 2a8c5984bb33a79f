/** The parts of one request in the order they were measured, for the `Server-Timing` header. */
export type Timings = {
  /** Waits for the work and notes how many milliseconds it took, also when it fails. */
  measure: <Value>(name: string, work: Promise<Value>) => Promise<Value>
  /** `receive;dur=3.1, queue;dur=0.0`, durations in milliseconds. */
  toHeader: () => string
}

/**
 * The timings of one request after the other. The first that is told also says, as `name`, for how many
 * milliseconds the process ran until now: called when it is about to listen, how long its start took.
 */
export function timingsAfterStart(name: string): () => Timings {
  const untold = [`${name};dur=${performance.now().toFixed(1)}`]
  return () => createTimings(untold)
}

function createTimings(untold: string[]): Timings {
  const parts: string[] = []
  return {
    async measure(name, work) {
      const startedMs = performance.now()
      try {
        return await work
      } finally {
        parts.push(`${name};dur=${(performance.now() - startedMs).toFixed(1)}`)
      }
    },
    toHeader: () => [...parts, ...untold.splice(0)].join(', '),
  }
}
