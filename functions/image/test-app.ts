/** The app on a port of its own, and how it is asked. */
import { expect } from 'vitest'
import type { ResolvedOptions } from '../contract/options.ts'
import { optionsToQuery } from '../contract/options-query.ts'
import { createLogger, type Logger } from '../runtime/logger.ts'
import { parseEnv } from '../runtime/parse-env.ts'
import { serve } from '../runtime/serve.ts'
import { createImageApp } from './app.ts'
import { type ImageConfig, imageConfigSchema } from './config.ts'
import type { ProcessImage } from './image-workers.ts'
import { AS_IT_IS, processHere } from './test-process.ts'

/** What most requests of the tests ask for. */
export const OPTIONS: ResolvedOptions = {
  ...AS_IT_IS,
  scale: { width: 16, height: 12 },
  grayscale: true,
  format: 'png',
}

export type TestApp = AsyncDisposable & { origin: string; port: number }

/** Starts an app that logs nothing and processes in this thread, unless told otherwise. */
export async function startApp(
  overrides: Partial<ImageConfig> = {},
  processImage: ProcessImage = processHere,
  log: Logger = createLogger('image', 'silent'),
): Promise<TestApp> {
  const config = { ...parseEnv(imageConfigSchema, {}), ...overrides }
  const { port, drain } = await serve(
    createImageApp(config, log, processImage),
    { address: '127.0.0.1', port: 0 },
    log,
  )
  return { port, origin: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => drain() }
}

type Asked = {
  options?: Partial<ResolvedOptions>
  /** Instead of the options. */
  query?: string
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** Sends a source to an app, with `OPTIONS` and those that differ. */
export function post(
  { origin }: TestApp,
  body: Uint8Array | ReadableStream,
  { options, query, ...init }: Asked = {},
): Promise<Response> {
  const asked = query ?? optionsToQuery({ ...OPTIONS, ...options })
  return fetch(`${origin}/process?${asked}`, {
    ...init,
    method: 'POST',
    body: body as NonNullable<RequestInit['body']>,
    duplex: 'half',
  } as RequestInit)
}

/** The problem of an answer that is one, whole and with this status and code. */
export async function expectProblem(answer: Response, status: number, code: string) {
  const problem = (await answer.json()) as { detail: string }
  expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
  expect(problem).toEqual({
    type: expect.stringContaining(code),
    title: expect.any(String),
    status,
    detail: expect.any(String),
    code,
    requestId: answer.headers.get('X-Request-Id'),
  })
  expect(answer.status).toBe(status)
  return problem
}
