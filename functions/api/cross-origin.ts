import type { HonoRequest, MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { GEOMETRY_HEADER, RESULT_HEADER, SOURCE_HEADER } from '../contract/image-headers.ts'
import type { AppEnv } from '../runtime/app.ts'

/** For how long browsers need not ask again; none keeps it for longer. */
const MAX_AGE_SECONDS = 7200

/** What a page may read of an answer, besides its type, length and caching. */
const EXPOSED = [
  ...[SOURCE_HEADER, RESULT_HEADER, GEOMETRY_HEADER],
  ...['ETag', 'Content-Location', 'Content-Range', 'Cache-Status', 'Server-Timing', 'X-Request-Id'],
  ...['Retry-After', 'RateLimit', 'RateLimit-Policy'],
]

/**
 * Lets the scripts of pages of these origins call, and read what is answered; `*` stands for all. Without
 * cookies: whoever needs a key sends it. Deleting is not for pages.
 */
export function crossOrigin(origins: readonly string[]): MiddlewareHandler<AppEnv> {
  const isForAll = origins.includes('*')
  const answerPreflight = cors({
    origin: isForAll ? '*' : [...origins],
    allowMethods: ['GET', 'HEAD', 'POST'],
    allowHeaders: ['Authorization', 'Content-Type', 'If-None-Match', 'Range', 'X-Request-Id'],
    maxAge: MAX_AGE_SECONDS,
  })

  return async function crossOrigin(c, next) {
    if (isPreflight(c.req)) return await answerPreflight(c, next)
    // Before there is an answer: to change one of its headers makes a copy of its bytes for each reader.
    const origin = c.req.header('Origin') ?? ''
    if (isForAll) c.header('Access-Control-Allow-Origin', '*')
    else if (origins.includes(origin)) c.header('Access-Control-Allow-Origin', origin)
    if (!isForAll) c.header('Vary', 'Origin')
    c.header('Access-Control-Expose-Headers', EXPOSED.join())
    await next()
  }
}

/** What a browser asks of itself, without a key; any other OPTIONS is a request like all. */
function isPreflight(request: HonoRequest): boolean {
  const asks = ['Origin', 'Access-Control-Request-Method']
  return request.method === 'OPTIONS' && asks.every((name) => request.header(name) !== undefined)
}

/** The origins of a list with commas between, or `undefined` when one of them is none. */
export function parseOrigins(text: string): string[] | undefined {
  const origins = originsOf(text)
  return text === '*' || origins.every(isOrigin) ? origins : undefined
}

/** What is wrong with such a list, where it is the slash that a browser shows behind an origin. */
export function hintAtOrigins(text: string): string | undefined {
  const hasSlash = originsOf(text).some((origin) => origin.endsWith('/'))
  return hasSlash ? 'an origin has no slash at its end' : undefined
}

function originsOf(text: string): string[] {
  return text.split(',').map((entry) => entry.trim())
}

/** As browsers send it: lower case, no path, no default port. */
function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.parse(text)?.origin === text
}
