import { createRequire } from 'node:module'
import type { Logger as PinoLogger } from 'pino'

/** Writes one line: members, or members and a message. */
type Write = (members: Record<string, unknown>, message?: string) => void

/** What this service logs with. */
export type Logger = { info: Write; error: Write }

/** One that is loaded by its first line, unless it was told to before. */
export type LazyLogger = Logger & { load: () => void }

const require = createRequire(import.meta.url)

/**
 * One JSON object a line on standard output, with the level as a word and the time as ISO 8601.
 * pino is loaded with the first line, which comes after a function listens.
 */
export function createLogger(name: string, level: string): LazyLogger {
  let loaded: PinoLogger | undefined
  const pino = () => {
    loaded ??= loadPino(name, level)
    return loaded
  }
  return {
    load: pino,
    info: (members, message) => pino().info(members, message),
    error: (members, message) => pino().error(members, message),
  }
}

function loadPino(name: string, level: string): PinoLogger {
  const pino: typeof import('pino') = require('pino')
  const options = {
    level,
    base: { function: name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  // Written at once: an asynchronous write would wait for a thread that is decoding an image.
  return pino.pino(options, pino.destination({ dest: 1, sync: true }))
}
