import type { Hono } from 'hono'
import { ProblemError } from '../contract/problem.ts'
import { type AppEnv, methodNotAllowed } from '../runtime/app.ts'
import { checkToken } from './admin-token.ts'
import type { ApiConfig } from './config.ts'
import { isDigest } from './digest.ts'
import type { Results } from './results.ts'
import { orUnavailable } from './store-unavailable.ts'

/**
 * `HEAD /sources/{sha256}`: whether a source is kept and can be named instead of being sent; nobody gets
 * its bytes. `DELETE` removes it and all its results, for whoever has the administrator's token, also
 * what was kept before KEEP_SOURCES was turned off.
 */
export function addSourcesRoutes(app: Hono<AppEnv>, config: ApiConfig, results: Results): void {
  const { store, sources } = results
  const refuseOthers = methodNotAllowed('HEAD', 'DELETE')

  // A HEAD is routed as a GET.
  app.get('/sources/:sha256', async (c) => {
    if (c.req.method !== 'HEAD') return refuseOthers(c)
    const sha256 = c.req.param('sha256')
    const isAsked = config.KEEP_SOURCES && isDigest(sha256)
    const source = isAsked ? await orUnavailable(sources?.has(sha256)) : undefined
    if (!source) throw new ProblemError('not_found', 'This source is not kept.')
    return c.body(null, 200, {
      'Content-Type': `image/${source.format}`,
      'Content-Length': String(source.size),
    })
  })
  app.delete('/sources/:sha256', async (c) => {
    checkToken(c, config.ADMIN_TOKEN)
    const sha256 = c.req.param('sha256')
    const isSource = isDigest(sha256)
    // Both, also when one of them fails: what can be deleted is not kept for what cannot.
    const [deletedSource, deletedResults] = await Promise.allSettled([
      isSource ? orUnavailable(sources?.delete(sha256)) : undefined,
      isSource ? orUnavailable(store?.deleteOfSource(sha256)) : undefined,
    ])
    const source = orThrow(deletedSource) ?? false
    const deleted = orThrow(deletedResults) ?? 0
    if (!source && deleted === 0) {
      throw new ProblemError('not_found', 'There are no results of this source, nor is it kept.')
    }
    return c.json({ deleted, source })
  })
  app.all('/sources/:sha256', refuseOthers)
}

function orThrow<Value>(settled: PromiseSettledResult<Value>): Value {
  if (settled.status === 'rejected') throw settled.reason
  return settled.value
}
