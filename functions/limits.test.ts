import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { apiConfigSchema } from './api/config.ts'
import { MAX_VALIDATOR_CHARACTERS } from './api/download-source.ts'
import { MAX_PROBLEM_BYTES } from './api/image-function.ts'
import { MAX_CALLERS } from './api/rate-limit.ts'
import { MAX_JSON_BYTES } from './api/read-source.ts'
import { STORE_DRAIN_TIMEOUT_MS } from './api/results.ts'
import { MAX_SOURCE_FRAMING_BYTES } from './api/source-body.ts'
import { MAX_SOURCE_HEADER_BYTES } from './api/source-exchange.ts'
import { FAILURES_IN_A_ROW, LEFT_ALONE_MS } from './api/store-guard.ts'
import { MAX_PENDING_BYTES } from './api/store-writer.ts'
import { MAX_LOGGED_HOST_CHARACTERS } from './api/url-image.ts'
import { MAX_URL_MEMORY_BYTES } from './api/url-memory.ts'
import { MAX_LOOKED_BYTES } from './contract/announced-size.ts'
import { imageConfigSchema } from './image/config.ts'
import { MAX_REASON_CHARACTERS } from './runtime/app.ts'
import * as discardLimits from './runtime/discard-body.ts'
import { DROPPED_LINE_EVERY_MS } from './runtime/dropped-connections.ts'
import { REQUEST_BYTES, SEND_BUFFER_BYTES } from './runtime/held-bytes.ts'
import { MIN_SPEED } from './runtime/min-speed.ts'
import { parseEnv } from './runtime/parse-env.ts'
import { DRAIN_TIMEOUT_MS } from './runtime/serve.ts'
import { SERVER_LIMITS } from './runtime/server-limits.ts'
import { MAX_SHOWN_PATH_CHARACTERS } from './runtime/shown-path.ts'
import { describeLimits, limitsOf } from './runtime/test-limits.ts'
import { LINGER_MS } from './runtime/unreadable-request.ts'

const ROOT = join(import.meta.dirname, '..')

const VALUES: Record<string, unknown> = {
  ...parseEnv(imageConfigSchema, {}),
  ...parseEnv(apiConfigSchema, {}),
  ...SERVER_LIMITS,
  ...discardLimits,
  'MIN_SPEED.bytes': MIN_SPEED.bytes,
  'MIN_SPEED.windowMs': MIN_SPEED.windowMs,
  DRAIN_TIMEOUT_MS,
  DROPPED_LINE_EVERY_MS,
  FAILURES_IN_A_ROW,
  LEFT_ALONE_MS,
  LINGER_MS,
  MAX_CALLERS,
  MAX_JSON_BYTES,
  MAX_LOGGED_HOST_CHARACTERS,
  MAX_LOOKED_BYTES,
  MAX_PENDING_BYTES,
  MAX_PROBLEM_BYTES,
  MAX_REASON_CHARACTERS,
  MAX_SHOWN_PATH_CHARACTERS,
  MAX_SOURCE_FRAMING_BYTES,
  MAX_SOURCE_HEADER_BYTES,
  MAX_URL_MEMORY_BYTES,
  MAX_VALIDATOR_CHARACTERS,
  REQUEST_BYTES,
  SEND_BUFFER_BYTES,
  STORE_DRAIN_TIMEOUT_MS,
}

/** What stops no attack: bounds of the configuration, of caches, and of what of a header is quoted. */
const NO_LIMITS_OF_STRANGERS = [
  'MAX_AGE_SECONDS',
  'MAX_FILE_BYTES',
  'MAX_FRESH_MS',
  'MAX_LISTED',
  'MAX_NAMES',
  'MAX_NAME_CHARACTERS',
  'MAX_PRESETS',
  'MAX_PROXIES',
  'MAX_REFUSED',
  'MAX_SECONDS',
  'MAX_SHOWN_CHARACTERS',
]

describeLimits(ROOT, VALUES)

describe('the limits of the service', () => {
  const named = limitsOf(ROOT).map(({ name }) => name)
  const ofSources = limitsOf(join(import.meta.dirname, 'image')).map(({ name }) => name)

  it('are all in the code', () => {
    expect(limitsOf(ROOT).filter(({ isInCode }) => !isInCode)).toEqual([])
  })

  it('are all in a README: those of the server', () => {
    const { checkIntervalMs, ...limits } = SERVER_LIMITS
    expect(named).toEqual(expect.arrayContaining(Object.keys(limits)))
  })

  it('are all in a README: those that are variables', () => {
    const variables = [apiConfigSchema, imageConfigSchema].flatMap(({ shape }) =>
      Object.keys(shape),
    )
    const limits = variables.filter((name) =>
      /^(MAX|QUEUE)_|_MAX_|_(TIMEOUT_MS|CALLS|DOWNLOADS|LIMIT|MEMORY_BYTES)$/.test(name),
    )
    expect([...named, ...ofSources]).toEqual(expect.arrayContaining(limits))
  })

  it('are all in a README: those that are constants', () => {
    const files = globSync('{api,runtime}/*.ts', { cwd: import.meta.dirname })
    const constants = files.flatMap((file) => {
      const source = readFileSync(join(import.meta.dirname, file), 'utf8')
      return [...source.matchAll(/^(?:export )?const (MAX_\w+|\w+_TIMEOUT_MS) = \d/gm)]
        .filter(() => !file.includes('test'))
        .map(([, name]) => name)
    })
    expect([...named, ...NO_LIMITS_OF_STRANGERS]).toEqual(expect.arrayContaining(constants))
  })
})
