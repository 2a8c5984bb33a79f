/** The parts of one request in the order they were measured, for the `Server-Timing` header. */
export type Timings = {
  /** Waits for the work and notes how many milliseconds it took, also when it fails. */
  measure: <Value>(name: string, work: Promise<Value>) => Promise<Value>
  /** `receive;dur=3.1, queue;dur=0.0`, durations in milliseconds. */
  toHeader: () => string
}

export function createTimings(): Timings {
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
    toHeader: () => parts.join(', '),
  }
}
