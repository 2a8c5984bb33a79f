import type { MiddlewareHandler } from 'hono'
import type { AppContext, AppEnv } from '../runtime/app.ts'
import { queryOf } from '../runtime/query-of.ts'
import { requireApiKey } from './api-keys.ts'
import type { ApiConfig } from './config.ts'
import { createCheckSignature, withoutSignature } from './signed-url.ts'
import { unauthorized } from './unauthorized.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** For how many milliseconds more the signature of the URL lets it in. */
    signedForMs?: number
  }
}

/**
 * Who may call: with API_KEYS, who shows a key; with URL_SIGNING_KEYS, of the URLs of `GET /image` those
 * that are signed, too; else everybody. A deletion is for its handler to judge: it shows the token of the
 * administrator where others show a key.
 */
export function admission(config: ApiConfig, nowMs?: () => number): MiddlewareHandler<AppEnv> {
  const hasKeys = config.API_KEYS.length > 0
  const hasSigningKeys = config.URL_SIGNING_KEYS.length > 0
  const checkKey = requireApiKey(config.API_KEYS)
  const checkSignature = createCheckSignature(config, nowMs)

  return async function admission(c, next) {
    if (c.req.method === 'DELETE') return await next()
    const mayBeSigned = hasSigningKeys && isGetOfImage(c)
    if (mayBeSigned) {
      const signedForMs = checkSignature(queryOf(c.env.incoming))
      if (signedForMs !== undefined) {
        c.set('signedForMs', signedForMs)
        return await next()
      }
    }
    if (hasKeys) return await checkKey(c, next)
    if (mayBeSigned) {
      throw unauthorized('This service takes signed URLs only; ask for one, or POST the image.')
    }
    await next()
  }
}

/** What the query of a `GET /image` asks for; of a signed one, without what signs it. */
export function askedQuery(c: AppContext): string {
  const query = queryOf(c.env.incoming)
  return c.var.signedForMs === undefined ? query : withoutSignature(query)
}

function isGetOfImage({ req: { method, path } }: AppContext): boolean {
  return path === '/image' && (method === 'GET' || method === 'HEAD')
}
