import type { Options } from '../contract/options.ts'
import { optionsFromQuery } from '../contract/options-query.ts'
import { ProblemError } from '../contract/problem.ts'
import { ConfigurationError } from '../runtime/parse-env.ts'
import { mergeOptions } from './merge-options.ts'
import type { ConfiguredPresets } from './read-presets.ts'
import { SHIPPED_PRESETS, type WrittenPreset } from './shipped-presets.ts'

/** The presets that a request may name, each laid over the options at start-up. */
export type Presets = ReadonlyMap<string, { written: WrittenPreset; options: Partial<Options> }>

/**
 * The shipped presets and the configured ones, which replace those of the same name. Throws
 * ConfigurationError naming preset and option for the first with an unknown or wrong option, or
 * with options that do not fit each other once they lie over those at start-up.
 */
export function createPresets(configured: ConfiguredPresets, start: Options): Presets {
  const written = new Map(Object.entries(SHIPPED_PRESETS))
  for (const [name, options] of Object.entries(configured)) written.set(name, { options })
  return new Map(
    [...written].map(([name, preset]) => [
      name,
      { written: preset, options: parsePreset(name, preset, start) },
    ]),
  )
}

function parsePreset(name: string, written: WrittenPreset, start: Options): Partial<Options> {
  try {
    const options = optionsFromQuery(new URLSearchParams(written.options))
    mergeOptions(start, options, {})
    return options
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    throw new ConfigurationError(`Preset ${name} cannot be used: ${error.detail}`)
  }
}

/** The presets as `GET /presets` answers them: JSON, a line. */
export function presetsToJson(presets: Presets): string {
  const list = [...presets].map(([name, { written }]) => ({ name, ...written }))
  return `${JSON.stringify({ presets: list })}\n`
}
