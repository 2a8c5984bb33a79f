import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'
import { parseEnv } from '../runtime/parse-env.ts'
import { imageConfigSchema } from './config.ts'

describe('imageConfigSchema', () => {
  it('has the documented defaults', () => {
    expect(parseEnv(imageConfigSchema, {})).toMatchObject({
      PORT: 8080,
      SLOTS: availableParallelism(),
      QUEUE_PIXELS: 200_000_000,
      MAX_RESULT_PIXELS: 16_000_000,
      MAX_SOURCE_BYTES: 33_554_432,
      MAX_SOURCE_PIXELS: 50_000_000,
      PROCESS_TIMEOUT_MS: 30_000,
      LOG_LEVEL: 'info',
    })
  })

  it('takes what is set', () => {
    const env = { SLOTS: '3', QUEUE_PIXELS: '0', LOG_LEVEL: 'error', HOME: '/nowhere' }
    expect(parseEnv(imageConfigSchema, env)).toMatchObject({
      SLOTS: 3,
      QUEUE_PIXELS: 0,
      LOG_LEVEL: 'error',
    })
  })

  it.each([
    ['PORT', '65536'],
    ['SLOTS', '0'],
    ['SLOTS', 'many'],
    ['QUEUE_PIXELS', '-1'],
    ['MAX_SOURCE_BYTES', '32MB'],
    ['MAX_SOURCE_PIXELS', '0'],
    ['MAX_RESULT_PIXELS', '1.5'],
    ['PROCESS_TIMEOUT_MS', '3600001'],
    ['LOG_LEVEL', 'INFO'],
  ])('refuses %s=%s, naming both', (name, text) => {
    expect(() => parseEnv(imageConfigSchema, { [name]: text })).toThrow(
      new RegExp(`^${name} is "${text}"; allowed: .+`),
    )
  })

  it('names every bad variable at once', () => {
    const env = { SLOTS: 'x', MAX_SOURCE_BYTES: 'y', LOG_LEVEL: 'z' }
    expect(() => parseEnv(imageConfigSchema, env)).toThrow(
      /SLOTS is "x".*\n.*MAX_SOURCE_BYTES is "y".*\n.*LOG_LEVEL is "z"/,
    )
  })

  it('says of every variable what it is for and what is allowed', () => {
    const metas = Object.values(imageConfigSchema.shape).map((variable) => variable.meta())
    for (const meta of metas) {
      expect(meta).toMatchObject({
        allowed: expect.any(String),
        description: expect.any(String),
      })
    }
  })
})
