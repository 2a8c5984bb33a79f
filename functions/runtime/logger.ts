import pino from 'pino'

/**
 * One JSON object a line on standard output, with the level as a word and the time as ISO 8601.
 * Written at once: an asynchronous write would wait for a thread that is decoding an image.
 */
export function createLogger(name: string, level: string) {
  const options = {
    level,
    base: { function: name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return pino(options, pino.destination({ dest: 1, sync: true }))
}

export type Logger = ReturnType<typeof createLogger>
