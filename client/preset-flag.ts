import type { Flag } from './flags.ts'
import type { RequestedOptions } from './option-flags.ts'

/** The flag that names a set of options of the service. */
export const presetFlag: Flag = {
  description: 'a named set of options of the service; those given here lie over it',
  allowed: 'a name that GET /presets of the service lists, such as imagenet-224',
}

/** The same request with a preset, if there is one. Which there are, and what they ask for, only the service knows. */
export function withPreset(
  name: string | undefined,
  requested: RequestedOptions,
): RequestedOptions {
  if (name === undefined) return requested
  const preset = new URLSearchParams({ preset: name }).toString()
  const { query, options } = requested
  return { query: query ? `${preset}&${query}` : preset, options }
}
