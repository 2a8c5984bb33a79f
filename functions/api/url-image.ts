import type { AppContext } from '../runtime/app.ts'
import type { ImageAnswers, ImageRequest } from './image-answer.ts'
import { checkNoLoop } from './source-loop.ts'
import type { FreshMs, UrlSources } from './url-sources.ts'

/** Answers with the result of the source at a URL. A GET may be kept for as long as its source is fresh. */
export type UrlImageAnswer = (c: AppContext, request: ImageRequest, url: URL) => Promise<Response>

export function createUrlImageAnswer(
  urlSources: UrlSources,
  imageAnswers: ImageAnswers,
): UrlImageAnswer {
  return async (c, request, url) => {
    checkNoLoop(c.env.incoming.headers)
    // Paths and queries hold names and signatures, which have no place in a log.
    c.var.logged.sourceHost = `${url.protocol}//${url.host}`.slice(0, MAX_LOGGED_HOST_CHARACTERS)
    const isPost = c.req.method === 'POST'
    const caching = (freshMs: FreshMs) =>
      isPost ? undefined : cacheControl(freshMs, c.var.signedForMs)
    return await urlSources.use(url, request, {
      described: (description, freshMs) =>
        imageAnswers.ofDescribed(c, request, description, caching(freshMs)),
      whole: (source, freshMs) => imageAnswers.ofSource(c, request, source, caching(freshMs)),
    })
  }
}

/** Names have 253 at most; a longer one that is none must not fill a log. */
export const MAX_LOGGED_HOST_CHARACTERS = 270

/**
 * Nothing is said of who may keep it: that is up to the credentials that the request had. What a signed
 * URL gave is not given by a cache any more when it has expired.
 */
function cacheControl(freshMs: FreshMs, signedForMs = Number.POSITIVE_INFINITY): string {
  if (freshMs === undefined) return 'no-store'
  return `max-age=${Math.floor(Math.min(freshMs, signedForMs) / 1000)}`
}
