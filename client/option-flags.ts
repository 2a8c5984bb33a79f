import {
  allowedValues,
  OPTION_NAMES,
  type OptionName,
  type Options,
  optionDescription,
} from '../functions/contract/options.ts'
import { optionsFromQuery } from '../functions/contract/options-query.ts'
import { ProblemError } from '../functions/contract/problem.ts'
import { type Flag, flagsToHelp } from './flags.ts'
import { UsageError } from './usage-error.ts'

/** A flag for every processing option of the contract. */
export const optionFlags = Object.fromEntries(
  OPTION_NAMES.map((name) => [
    name,
    { description: optionDescription(name), allowed: allowedValues(name) },
  ]),
) as Record<OptionName, Flag>

/** The end of the help of each command that takes processing options. */
export const optionsHelp = `Processing options. For those not given, the service does what the preset says, and beyond that
what it was started with.

${flagsToHelp(optionFlags)}`

/** The options of a request: as its query string, and as values. */
export type RequestedOptions = { query: string; options: Partial<Options> }

/** The options that were given as flags, each checked. Throws UsageError for the first wrong one. */
export function optionsFromFlags(given: Partial<Record<OptionName, string>>): RequestedOptions {
  const pairs = OPTION_NAMES.flatMap((name) => {
    const text = given[name]
    return text === undefined ? [] : [[name, text] as [string, string]]
  })
  const query = new URLSearchParams(pairs).toString()
  try {
    return { query, options: optionsFromQuery(query) }
  } catch (error) {
    if (error instanceof ProblemError) throw new UsageError(error.detail)
    throw error
  }
}
