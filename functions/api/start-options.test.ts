import { describe, expect, it } from 'vitest'
import { optionsToQuery } from '../contract/options-query.ts'
import { ConfigurationError, parseEnv } from '../runtime/parse-env.ts'
import { apiConfigSchema } from './config.ts'
import { startOptions } from './start-options.ts'

const startOf = (env: Record<string, string>) => startOptions(parseEnv(apiConfigSchema, env))

describe('startOptions()', () => {
  it('has every option of the contract', () => {
    expect(optionsToQuery(startOf({}))).toBe(
      'scale=1024x768&grayscale=true&fit=fill&crop=none&filter=lanczos&orient=apply&alpha=drop' +
        '&icc=ignore&format=source&quality=90&mode=auto&pillow=13&dtype=uint8&layout=hwc&mean=0' +
        '&std=1',
    )
  })

  it('takes each from its own variable', () => {
    const query =
      'scale=8x8&grayscale=false&fit=short-side&crop=centre-4x4&filter=box&orient=ignore' +
      '&alpha=%23ffffff&icc=convert&format=npy&quality=50&mode=exact&pillow=12&dtype=float32' +
      '&layout=chw&mean=0.5&std=0.25'
    const env = Object.fromEntries(
      [...new URLSearchParams(query)].map(([name, text]) => [name.toUpperCase(), text]),
    )
    expect(optionsToQuery(startOf(env))).toBe(query)
  })

  it.each([
    [{ FIT: 'short-side' }, 'fit=short-side takes a square scale, such as 1024x1024'],
    [{ DTYPE: 'float32' }, 'dtype=float32 is for format=npy and format=raw; the format is source.'],
    [{ FORMAT: 'npy', MEAN: '0.5' }, 'mean=0.5 takes dtype=float32 or dtype=float16, not uint8.'],
  ] as [Record<string, string>, string][])(
    'refuses %o, of which one does not fit',
    (env, sentence) => {
      expect(() => startOf(env)).toThrow(ConfigurationError)
      expect(() => startOf(env)).toThrow(
        `The options at start-up (SCALE, FIT and so on) do not fit each other: ${sentence}`,
      )
    },
  )
})
