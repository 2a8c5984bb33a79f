import type { AppContext } from '../runtime/app.ts'
import type { ImageAnswer, ImageRequest } from './image-answer.ts'
import { checkNoLoop } from './source-loop.ts'
import type { UrlSource, UrlSources } from './url-sources.ts'

/** Answers with the result of the source at a URL. A GET may be kept for as long as its source is fresh. */
export type UrlImageAnswer = (c: AppContext, request: ImageRequest, url: URL) => Promise<Response>

export function createUrlImageAnswer(
  urlSources: UrlSources,
  answerImage: ImageAnswer,
): UrlImageAnswer {
  return async (c, request, url) => {
    checkNoLoop(c.env.incoming.headers)
    // Paths and queries hold names and signatures, which have no place in a log.
    c.var.logged.sourceHost = `${url.protocol}//${url.host}`.slice(0, MAX_LOGGED_CHARACTERS)
    const isPost = c.req.method === 'POST'
    return await urlSources.use(url, request, (source) => {
      request.held.grow(source.brought?.byteLength ?? 0)
      return answerImage(
        c,
        request,
        source,
        isPost ? undefined : cacheControl(source, c.var.signedForMs),
      )
    })
  }
}

/** Names have 253 at most; a longer one that is none must not fill a log. */
const MAX_LOGGED_CHARACTERS = 270

/**
 * Nothing is said of who may keep it: that is up to the credentials that the request had. What a signed
 * URL gave is not given by a cache any more when it has expired.
 */
function cacheControl({ freshMs }: UrlSource, signedForMs = Number.POSITIVE_INFINITY): string {
  if (freshMs === undefined) return 'no-store'
  return `max-age=${Math.floor(Math.min(freshMs, signedForMs) / 1000)}`
}
