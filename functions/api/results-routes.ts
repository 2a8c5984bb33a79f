import type { Hono } from 'hono'
import * as rangeHeader from 'range-parser'
import { ProblemError } from '../contract/problem.ts'
import { type AppContext, type AppEnv, methodNotAllowed } from '../runtime/app.ts'
import { answered } from '../runtime/client-signal.ts'
import type { Held, HeldBytes } from '../runtime/held-bytes.ts'
import { checkToken } from './admin-token.ts'
import type { ApiConfig } from './config.ts'
import { isDigest } from './digest.ts'
import { hasTag } from './entity-tag.ts'
import type { ResultStore, ResultSummary, StoredResult } from './result-store.ts'
import { orUnavailable } from './store-unavailable.ts'

/** What a key names never changes, so whoever has it need not ask again for a year. */
const FOR_A_YEAR = 'max-age=31536000, immutable'

/**
 * `GET` and `HEAD /results/{key}`: a stored result by its name, or a part of it. `DELETE` on it, for
 * whoever has the administrator's token.
 */
export function addResultsRoutes(
  app: Hono<AppEnv>,
  config: Pick<ApiConfig, 'ADMIN_TOKEN' | 'API_KEYS'>,
  store: ResultStore | undefined,
  heldBytes: HeldBytes,
): void {
  // What is for those with a key is not for caches that others read from.
  const whose = config.API_KEYS.length > 0 ? 'private' : 'public'
  const cacheControl = `${whose}, ${FOR_A_YEAR}`
  // A HEAD is routed as a GET.
  app.get('/results/:key', async (c) => {
    const key = c.req.param('key')
    const naming = { ETag: `"${key}"`, 'Cache-Control': cacheControl }
    const isKnown = hasTag(c.req.header('If-None-Match'), naming.ETag)
    if (isKnown || c.req.method === 'HEAD') {
      const summary = isDigest(key) ? await orUnavailable(store?.has(key)) : undefined
      if (!summary) throw noSuchResult()
      return isKnown ? c.body(null, 304, naming) : answerHead(c, naming, summary)
    }
    const held = heldBytes.admit(0)
    void answered(c.env.outgoing).then(held.release)
    const result = isDigest(key) ? await orUnavailable(readHeld(store, key, held)) : undefined
    if (!result) throw noSuchResult()
    held.share(result.bytes)
    return answer(c, naming, result)
  })
  app.delete('/results/:key', async (c) => {
    checkToken(c, config.ADMIN_TOKEN)
    const key = c.req.param('key')
    const wasThere = isDigest(key) && (await orUnavailable(store?.delete(key)))
    if (!wasThere) throw new ProblemError('not_found', 'There is no such result.')
    return c.body(null, 204)
  })
  app.all('/results/:key', methodNotAllowed('GET', 'HEAD', 'DELETE'))
}

async function readHeld(store: ResultStore | undefined, key: string, held: Held) {
  using reading = held.open()
  return await store?.get(key, reading.grow)
}

function noSuchResult(): ProblemError {
  return new ProblemError('not_found', 'There is no such result; send its source to /image.')
}

/** Which result it is, and for how long that is so. */
type Naming = { ETag: string; 'Cache-Control': string }

function describing(naming: Naming, { headers }: Pick<StoredResult, 'headers'>) {
  return { ...headers, ...naming, 'Accept-Ranges': 'bytes' }
}

/** Named, as there is no body whose length could be counted. */
function answerHead(c: AppContext, naming: Naming, summary: ResultSummary): Response {
  const length = { 'Content-Length': String(summary.byteLength) }
  return c.body(null, 200, { ...describing(naming, summary), ...length })
}

function answer(c: AppContext, naming: Naming, result: StoredResult): Response {
  const { bytes } = result
  const range = askedRange(c, naming.ETag, bytes.length)
  if (range === 'unsatisfiable') {
    const nothing = { 'Content-Length': '0', 'Cache-Control': 'no-store' }
    return c.body(null, 416, { ...nothing, 'Content-Range': `bytes */${bytes.length}` })
  }
  const all = describing(naming, result)
  if (!range) return c.body(view(bytes), 200, all)
  const { start, end } = range
  return c.body(view(bytes.subarray(start, end + 1)), 206, {
    ...all,
    'Content-Range': `bytes ${start}-${end}/${bytes.length}`,
  })
}

/** A bit of what range-parser says of a header. */
const MALFORMED = 1

/** The one range that is asked for. Several, or one that is not understood, are all of it. */
function askedRange(c: AppContext, etag: string, size: number) {
  const header = c.req.header('Range')
  const condition = c.req.header('If-Range')
  if (!header || (condition !== undefined && condition !== etag)) return undefined
  const { code, type, ranges } = rangeHeader.parse(size, header)
  if (type !== 'bytes' || (code & MALFORMED) !== 0 || ranges.length > 1) return undefined
  return ranges[0] ?? 'unsatisfiable'
}

function view(bytes: Buffer): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>
}
