import type { Options } from '../contract/options.ts'
import { optionsFromQuery } from '../contract/options-query.ts'
import { ProblemError } from '../contract/problem.ts'
import { SIGNATURE_PARAMETER } from '../contract/signed-url.ts'
import type { ApiConfig } from './config.ts'
import type { Presets } from './presets.ts'
import { parseSourceUrl } from './source-url.ts'

/** What a request asks for: the options of the preset that it names, and its own over them. */
export type RequestQuery = { preset: Partial<Options>; requested: Partial<Options> }

/**
 * What the query of a request says. Throws `invalid_request` for a wrong option, an unknown or
 * repeated preset, or for anything at all when a client may not ask. What else a request of its kind may
 * have in its query is only named.
 */
export function parseRequestQuery(
  query: string,
  presets: Presets,
  clientOptions: ApiConfig['CLIENT_OPTIONS'],
  besides: readonly string[] = [],
): RequestQuery {
  if (clientOptions === 'refuse' && query !== '') {
    throw invalid(
      'This service takes no options with a request; leave out all of the query but a url.',
    )
  }
  const parameters = new URLSearchParams(query)
  const names = parameters.getAll('preset')
  parameters.delete('preset')
  return {
    preset: presetOf(names, presets),
    requested: optionsFromQuery(parameters, ['preset', ...besides]),
  }
}

/**
 * The source that a query names, and what is left of it. Throws `invalid_request` when it names none or
 * several, or what is no URL, and when it is still signed: where signatures are understood, they were taken
 * from it.
 */
export function parseUrlQuery(query: string): { url: URL; rest: string } {
  const parameters = new URLSearchParams(query)
  if (parameters.has(SIGNATURE_PARAMETER)) {
    throw invalid(
      'This service takes no signed URLs (URL_SIGNING_KEYS is empty); leave out expires and signature, ' +
        'or, where they are of the url, escape its &.',
    )
  }
  const [url, repeated] = parameters.getAll('url')
  if (url === undefined) {
    throw invalid(
      'No source is named; add ?url= and its URL with its own & and # escaped, or POST the bytes of ' +
        'the image.',
    )
  }
  if (repeated !== undefined) throw invalid('The url is given more than once; give it once.')
  parameters.delete('url')
  return { url: parseSourceUrl(url), rest: parameters.toString() }
}

function presetOf([name, repeated]: string[], presets: Presets): Partial<Options> {
  if (name === undefined) return {}
  if (repeated !== undefined) throw invalid('The preset is given more than once; give it once.')
  const preset = presets.get(name)
  if (!preset) throw unknownPreset(name, [...presets.keys()])
  return preset.options
}

/** What of a name is shown; none is longer, and a megabyte of query must not come back. */
const MAX_NAME_CHARACTERS = 64

/** Of a thousand presets, the rest is at `GET /presets`. */
const MAX_LISTED = 20

function unknownPreset(name: string, known: string[]): ProblemError {
  const listed = known.slice(0, MAX_LISTED).join(', ')
  const more = known.length > MAX_LISTED ? ' and more' : ''
  return invalid(
    `There is no preset ${JSON.stringify(name.slice(0, MAX_NAME_CHARACTERS))}; the presets are ` +
      `${listed}${more}. GET /presets says what they do.`,
  )
}

function invalid(detail: string): ProblemError {
  return new ProblemError('invalid_request', detail)
}
