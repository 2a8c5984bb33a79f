/** An api for the tests, before an image function that is made of nothing but its answer. */
import type { Logger } from '../runtime/logger.ts'
import { createLogger } from '../runtime/logger.ts'
import { parseEnv } from '../runtime/parse-env.ts'
import { serveForTest } from '../runtime/test-server.ts'
import { createApiApp } from './app.ts'
import { apiConfigSchema } from './config.ts'
import type { DownloadParts } from './download-source.ts'
import { createResults, type Results } from './results.ts'
import { answerResult, imageAnswer } from './test-image-answer.ts'
import { type Answer, startImageFunction } from './test-image-function.ts'
import { grayPng } from './test-picture.ts'

export const PICTURE = new Uint8Array(grayPng(400, 300))
/** What is answered to `PICTURE`. */
export const RESULT = imageAnswer()
export const TOKEN = 'a-token-of-an-administrator'

export type ApiOptions = {
  env?: Record<string, string>
  /** What of the results is to be something else. */
  change?: Partial<Results>
  /** What the image function answers; left out, a result of what it is asked for. */
  answer?: Answer
  log?: Logger
  /** What downloads find in the place of the network. */
  downloads?: DownloadParts
}

/** It ends with the block that holds it with `await using`. */
export async function startApi({
  env = {},
  change = {},
  answer = (response) => answerResult(response),
  log = createLogger('api', 'silent'),
  downloads,
}: ApiOptions = {}) {
  const imageFunction = await startImageFunction(answer)
  const config = parseEnv(apiConfigSchema, {
    IMAGE_FUNCTION_URL: imageFunction.url,
    ADMIN_TOKEN: TOKEN,
    ...env,
  })
  const results = { ...(await createResults(config, log)), ...change }
  const server = await serveForTest(createApiApp(config, log, results, downloads))
  return {
    results,
    url: server.url,
    port: server.port,
    imageFunction,
    calls: imageFunction.calls,
    post: (body = PICTURE) => fetch(`${server.url}/image`, { method: 'POST', body }),
    ask: (path: string, init: RequestInit = {}) => fetch(`${server.url}${path}`, init),
    async [Symbol.asyncDispose]() {
      await imageFunction[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

export type Api = Awaited<ReturnType<typeof startApi>>
