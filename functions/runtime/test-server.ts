import type { Hono } from 'hono'
import type { AppEnv } from './app.ts'
import { createLogger, type Logger } from './logger.ts'
import { serve } from './serve.ts'
import { SERVER_LIMITS, type ServerLimits } from './server-limits.ts'

/** An app listening on a free port, until the block that holds it with `await using` ends. */
export type TestServer = { url: string; port: number } & AsyncDisposable

export async function serveForTest(
  app: Hono<AppEnv>,
  limits: Partial<ServerLimits> = {},
  log: Logger = createLogger('test', 'silent'),
): Promise<TestServer> {
  const { port, drain } = await serve(app, { address: '127.0.0.1', port: 0 }, log, {
    ...SERVER_LIMITS,
    ...limits,
  })
  return { port, url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: drain }
}
