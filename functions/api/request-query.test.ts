import { describe, expect, it } from 'vitest'
import { ProblemError } from '../contract/problem.ts'
import { parseEnv } from '../runtime/parse-env.ts'
import { apiConfigSchema } from './config.ts'
import { createPresets } from './presets.ts'
import { parseRequestQuery, parseUrlQuery } from './request-query.ts'
import { startOptions } from './start-options.ts'

const start = startOptions(parseEnv(apiConfigSchema, {}))
const presets = createPresets({ thumb: { scale: '128x128' } }, start)
const parse = (query: string) => parseRequestQuery(query, presets, 'allow')

function refusal(query: string, clientOptions: 'allow' | 'refuse' = 'allow', known = presets) {
  try {
    parseRequestQuery(query, known, clientOptions)
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'invalid_request') return error.detail
    throw error
  }
  throw new Error(`${query} was accepted`)
}

describe('parseRequestQuery()', () => {
  it('takes the preset out of the options, wherever it stands', () => {
    const preset = { scale: { width: 128, height: 128 } }
    const requested = { alpha: '#ffffff', quality: 75 }
    expect(parse('')).toEqual({ preset: {}, requested: {} })
    expect(parse('preset=thumb')).toEqual({ preset, requested: {} })
    expect(parse('alpha=%23ffffff&preset=thumb&quality=75')).toEqual({ preset, requested })
    expect(parse('alpha=%23ffffff&quality=75')).toEqual({ preset: {}, requested })
  })

  it('refuses an unknown preset, naming it and those there are', () => {
    expect(refusal('preset=thump')).toBe(
      'There is no preset "thump"; the presets are imagenet-224, clip-224, mnist-28, ' +
        'document-1024x768, thumb. GET /presets says what they do.',
    )
  })

  it.each(['', 'Thumb', 'constructor', '__proto__'])('refuses the preset %j', (name) => {
    expect(refusal(`preset=${name}`)).toContain(`There is no preset ${JSON.stringify(name)}; the`)
  })

  it('refuses a repeated preset', () => {
    const sentence = 'The preset is given more than once; give it once.'
    expect(refusal('preset=thumb&preset=thumb')).toBe(sentence)
    expect(refusal('preset=&preset=')).toBe(sentence)
  })

  it('refuses a wrong option beside a preset', () => {
    expect(refusal('preset=thumb&quality=0')).toContain('Option quality is "0"')
    expect(refusal('preset=thumb&Preset=thumb')).toContain('There is no option "Preset"')
  })

  it('refuses a preset like every option where a client may not ask', () => {
    expect(refusal('preset=thumb', 'refuse')).toContain('takes no options with a request')
    expect(parseRequestQuery('', presets, 'refuse')).toEqual({ preset: {}, requested: {} })
  })

  it('keeps the sentence short, whatever the name and however many presets there are', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`preset-${i}`, {}]))
    const detail = refusal(`preset=${'x'.repeat(100_000)}`, 'allow', createPresets(many, start))
    expect(detail).toContain('preset-15 and more. GET /presets says what they do.')
    expect(detail.length).toBeLessThan(500)
  })
})

describe('parseUrlQuery()', () => {
  it('takes the URL out of the query, wherever it stands', () => {
    const url = 'https://example.org/a.jpg?b=c&d=%23'
    for (const query of [
      `url=${encodeURIComponent(url)}&scale=64x64&alpha=%23ffffff`,
      `scale=64x64&url=${encodeURIComponent(url)}&alpha=%23ffffff`,
    ]) {
      expect(parseUrlQuery(query)).toEqual({
        url: new URL(url),
        rest: 'scale=64x64&alpha=%23ffffff',
      })
    }
  })

  it('leaves what follows an & that was not escaped to the options, which know no such thing', () => {
    expect(parseUrlQuery('url=https://example.org/?a=b&c=d').rest).toBe('c=d')
  })

  it.each([
    ['', 'No source is named; add ?url='],
    ['scale=64x64', 'No source is named; add ?url='],
    ['url=', 'The url is not one'],
    ['url=photo.jpg', 'The url is not one'],
    ['url=https://a.org/&url=https://a.org/', 'The url is given more than once'],
    ['URL=https://a.org/', 'No source is named'],
  ])('refuses %s', (query, sentence) => {
    expect(() => parseUrlQuery(query)).toThrow(`invalid_request: ${sentence}`)
  })
})
