import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { oneOf, portVariable, wholeNumber } from './env-variable.ts'
import { parseEnv } from './parse-env.ts'

const schema = z.object({
  PORT: portVariable(8080),
  SLOTS: wholeNumber('slots', { min: 1, max: 8, byDefault: 2 }),
  MODE: oneOf('a mode', ['fast', 'slow'], 'fast'),
})

describe('parseEnv()', () => {
  it('takes the defaults for what is not set or empty', () => {
    const expected = { PORT: 8080, SLOTS: 2, MODE: 'fast' }
    expect(parseEnv(schema, {})).toEqual(expected)
    expect(parseEnv(schema, { SLOTS: '', HOME: '/nowhere' })).toEqual(expected)
  })

  it('reads what is set, bounds included', () => {
    expect(parseEnv(schema, { PORT: '0', SLOTS: '8', MODE: 'slow' })).toEqual({
      PORT: 0,
      SLOTS: 8,
      MODE: 'slow',
    })
  })

  it('names every bad variable, what it holds and what is allowed', () => {
    const env = { PORT: '65536', SLOTS: '1.5', MODE: 'Fast' }
    expect(() => parseEnv(schema, env)).toThrow(
      [
        'PORT is "65536"; allowed: a whole number from 0 to 65535.',
        'SLOTS is "1.5"; allowed: a whole number from 1 to 8.',
        'MODE is "Fast"; allowed: fast, slow.',
      ].join('\n'),
    )
  })

  it.each(['-1', '1e1', '0x1', ' 1', 'NaN', '9'])('refuses %j for a whole number', (text) => {
    expect(() => parseEnv(schema, { SLOTS: text })).toThrow('SLOTS is')
  })
})
