import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { AppEnv } from '../runtime/app.ts'

/**
 * What every answer tells a browser: to take its type as it is said, to run nothing of it, whatever it
 * is, and that pages of other sites may show it. A handler that sets one of them itself, such as a page
 * with a script of its own, is left to. HTTPS is the business of the gateway, which ends it.
 */
export function securityHeaders(): MiddlewareHandler<AppEnv> {
  return secureHeaders({
    overwrite: false,
    contentSecurityPolicy: { defaultSrc: ["'none'"], sandbox: [] },
    crossOriginResourcePolicy: 'cross-origin',
    referrerPolicy: 'no-referrer',
    xContentTypeOptions: 'nosniff',
    ...NOT_SAID,
  })
}

/** Of no meaning for pictures and JSON, or for no browser of today. */
const NOT_SAID = {
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  strictTransportSecurity: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xFrameOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
  removePoweredBy: false,
}
