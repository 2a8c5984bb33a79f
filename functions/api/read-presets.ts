import { readFileSync, statSync } from 'node:fs'
import { ConfigurationError } from '../runtime/parse-env.ts'

/** The options of each configured preset by its name, as they are written. */
export type ConfiguredPresets = Record<string, Record<string, string>>

/** A file of presets has kilobytes; stops the path of a log, say, from filling the memory. */
const MAX_FILE_BYTES = 1_000_000

/** Stops a list that no client could read, as `GET /presets` answers all of it. */
const MAX_PRESETS = 1000

/** It stands in URLs and in the sentences of problems; its length stops one that hides the rest. */
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/

const EXAMPLE = '{"thumb": {"scale": "128x128", "fit": "cover"}}'

/**
 * What the variable PRESETS says: nothing, JSON text, which starts with a bracket, or the path of a file
 * that holds it. Throws ConfigurationError with a sentence when it cannot be read or is no object
 * of names, options and texts; the options themselves are not checked.
 */
export function readPresets(setting: string): ConfiguredPresets {
  if (setting === '') return {}
  const isJson = /^\s*[[{]/.test(setting)
  const where = isJson ? 'PRESETS' : `PRESETS (${setting})`
  const value = parseJson(isJson ? setting : readFile(setting, where), where)
  if (!isObject(value)) {
    throw new ConfigurationError(`${where} is no JSON object; write ${EXAMPLE}.`)
  }
  const entries = Object.entries(value)
  if (entries.length > MAX_PRESETS) {
    throw new ConfigurationError(
      `${where} has ${entries.length} presets; at most ${MAX_PRESETS} are taken.`,
    )
  }
  return Object.fromEntries(
    entries.map(([name, options]) => [checkName(name), texts(name, options)]),
  )
}

function readFile(path: string, where: string): string {
  const found = systemCall(() => statSync(path), where)
  if (!found.isFile()) {
    throw new ConfigurationError(`${where} is no file; name one that holds JSON.`)
  }
  if (found.size > MAX_FILE_BYTES) {
    throw new ConfigurationError(
      `${where} has ${found.size} bytes; at most ${MAX_FILE_BYTES} are read.`,
    )
  }
  return systemCall(() => readFileSync(path, 'utf8'), where)
}

function systemCall<Found>(call: () => Found, where: string): Found {
  try {
    return call()
  } catch (error) {
    throw new ConfigurationError(
      `${where} cannot be read (${(error as Error).message}); name a file, or write the JSON ` +
        `itself: ${EXAMPLE}.`,
    )
  }
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // It quotes the text with its line breaks.
    const reason = (error as SyntaxError).message.replaceAll(/\s+/g, ' ')
    throw new ConfigurationError(`${where} is no JSON: ${reason}.`)
  }
}

function checkName(name: string): string {
  if (NAME.test(name)) return name
  throw new ConfigurationError(
    `Preset ${JSON.stringify(name)} has a wrong name; allowed: 1 to 64 of a-z, 0-9 and -, the ` +
      'first no -.',
  )
}

function texts(name: string, options: unknown): Record<string, string> {
  if (!isObject(options)) {
    throw new ConfigurationError(`Preset ${name} is no object of options; write ${EXAMPLE}.`)
  }
  for (const [option, value] of Object.entries(options)) {
    if (typeof value === 'string') continue
    throw new ConfigurationError(
      `Preset ${name}: option ${option} is ${JSON.stringify(value)}; write it in quotes, spelled ` +
        'as in a query string.',
    )
  }
  return options as Record<string, string>
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
