import { destination, pino, stdTimeFunctions } from 'pino'

/** Writes one line: members, or members and a message. */
type Write = (members: Record<string, unknown>, message?: string) => void

/** What this service logs with. */
export type Logger = { info: Write; error: Write }

/** One JSON object a line on standard output, with the level as a word and the time as ISO 8601. */
export function createLogger(name: string, level: string): Logger {
  const options = {
    level,
    base: { function: name },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  // Written at once: an asynchronous write would wait for a thread that is decoding an image.
  return pino(options, destination({ dest: 1, sync: true }))
}
