import * as z from 'zod'
import { checkOptions } from './check-options.ts'
import {
  allowedValues,
  isResolved,
  OPTION_NAMES,
  type OptionName,
  type Options,
  optionsSchema,
  type ResolvedOptions,
} from './options.ts'
import { ProblemError } from './problem.ts'

/** The canonical query string of the options: every option once, in the order of the schema. */
export function optionsToQuery(options: Options): string {
  return new URLSearchParams(z.encode(optionsSchema, options)).toString()
}

/**
 * The options that a query string names, each checked. Throws `invalid_request` naming the option,
 * what was received and what is allowed, for the first that is unknown, repeated or out of range. What
 * else stands in a query there is only named.
 */
export function optionsFromQuery(
  query: string | URLSearchParams,
  besides: readonly string[] = [],
): Partial<Options> {
  const options: Partial<Record<OptionName, unknown>> = {}
  for (const [name, text] of new URLSearchParams(query)) {
    if (!isOptionName(name)) throw unknownOption(name, besides)
    if (name in options) throw invalid(`Option ${name} is given more than once; give it once.`)
    options[name] = parseOption(name, text)
  }
  return options as Partial<Options>
}

/**
 * The options of a canonical and complete query string with nothing left to decide, fitting each
 * other. Throws `invalid_request` for anything else: two spellings of one request would have two
 * result keys.
 */
export function resolvedOptionsFromQuery(query: string): ResolvedOptions {
  const options = optionsFromQuery(query)
  const missing = OPTION_NAMES.filter((name) => !(name in options))
  if (missing.length > 0) throw invalid(`All options are needed here; missing: ${list(missing)}.`)
  const complete = options as Options
  if (!isResolved(complete)) {
    throw invalid('format=source and mode=auto must be decided before they are sent here.')
  }
  const canonical = optionsToQuery(complete)
  if (query !== canonical) throw invalid(`The options are not in canonical form: ${canonical}`)
  checkOptions(complete)
  return complete
}

/** The value of one option. Throws `invalid_request` when its schema refuses the text. */
function parseOption<Name extends OptionName>(name: Name, text: string): Options[Name] {
  const parsed = optionsSchema.shape[name].safeParse(text)
  if (parsed.success) return parsed.data as Options[Name]
  throw invalid(`Option ${name} is ${quote(text)}; allowed: ${allowedValues(name)}.`)
}

function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(optionsSchema.shape, name)
}

function unknownOption(name: string, besides: readonly string[]): ProblemError {
  const known = list([...OPTION_NAMES, ...besides])
  return invalid(`There is no option ${quote(name)}; the options are ${known}.`)
}

function invalid(detail: string): ProblemError {
  return new ProblemError('invalid_request', detail)
}

/** Long enough for every real value; a megabyte of query must not come back in the answer. */
const MAX_QUOTED_CHARACTERS = 60

function quote(text: string): string {
  const shown =
    text.length > MAX_QUOTED_CHARACTERS ? `${text.slice(0, MAX_QUOTED_CHARACTERS)}…` : text
  return JSON.stringify(shown)
}

function list(names: readonly string[]): string {
  return names.join(', ')
}
