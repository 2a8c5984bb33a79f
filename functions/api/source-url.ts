import { ProblemError } from '../contract/problem.ts'
import { isListedHost, withoutTrailingDot } from './source-hosts.ts'

/**
 * The URL that a text spells, as browsers read it, without fragment and without the dot that may end a
 * host. Throws `invalid_request` for what is none or relative, and forgets what it held.
 */
export function parseSourceUrl(text: string): URL {
  const url = URL.parse(text)
  if (!url) {
    throw new ProblemError(
      'invalid_request',
      'The url is not one; send all of it, such as https://example.org/photo.jpg.',
    )
  }
  return normalised(url)
}

/** What a `Location` leads to from where it was found, or `undefined` when it is no URL. */
export function redirectTarget(location: string, from: URL): URL | undefined {
  const url = URL.parse(location, from.href)
  return url ? normalised(url) : undefined
}

/** How a URL was come by, which is part of what is said when it is refused. */
export type FoundBy = 'request' | 'redirect'

const WORDS = {
  request: { its: 'Its', itHas: 'It has', remedy: 'leave out what stands before the @' },
  redirect: {
    its: 'Its server redirects to a URL whose',
    itHas: 'Its server redirects to a URL that has',
    remedy: 'send the bytes of the image',
  },
} as const

/**
 * Refuses, with `forbidden_source`, what is never looked up: another scheme than http and https, user
 * information (credentials of somebody, or a host that looks like another), and a host that is not in
 * the list, where there is one.
 */
export function checkSourceUrl(url: URL, hosts: readonly string[], foundBy: FoundBy): void {
  const { its, itHas, remedy } = WORDS[foundBy]
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    const what = `${its} scheme is neither http nor https; send the bytes of the image.`
    throw forbidden(what, url.host)
  }
  if (url.username !== '' || url.password !== '') {
    throw forbidden(`${itHas} a user or a password in it; ${remedy}.`, url.host)
  }
  if (hosts.length > 0 && !isListedHost(url.hostname, hosts)) {
    throw forbidden(`${its} host is none that this service may ask (SOURCE_HOSTS).`, url.host)
  }
}

/**
 * `forbidden_source` with what is wrong with the URL. Its host, which may be one that a redirect led to, is
 * for the log alone.
 */
export function forbidden(what: string, host: string): ProblemError {
  const cause = `${host}: ${what}`
  return new ProblemError('forbidden_source', `The source may not be fetched. ${what}`, { cause })
}

function normalised(url: URL): URL {
  url.hash = ''
  const host = withoutTrailingDot(url.hostname)
  if (host !== url.hostname) url.hostname = host
  return url
}
