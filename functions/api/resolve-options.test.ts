import { describe, expect, it } from 'vitest'
import { parseEnv } from '../runtime/parse-env.ts'
import { apiConfigSchema } from './config.ts'
import { resolveOptions, startOptions } from './resolve-options.ts'

const start = startOptions(parseEnv(apiConfigSchema, {}))
const WANTED = { width: 1024, height: 768 }
const jpeg = (width: number, height: number, orientation = 1) => ({
  format: 'jpeg' as const,
  header: { width, height, orientation },
})

describe('resolveOptions()', () => {
  it('takes the options at start-up, with every decision taken', () => {
    expect(resolveOptions(start, {}, jpeg(4000, 3000), 5)).toEqual({
      scale: WANTED,
      grayscale: true,
      fit: 'fill',
      filter: 'lanczos',
      orient: 'apply',
      alpha: 'drop',
      icc: 'ignore',
      format: 'jpeg',
      quality: 90,
      mode: 'fast',
    })
  })

  it('puts the options of the request over them', () => {
    const requested = { grayscale: false, format: 'webp', quality: 50 } as const
    expect(resolveOptions(start, requested, jpeg(4000, 3000), 5)).toMatchObject(requested)
  })

  it.each([
    ['jpeg', 'jpeg'],
    ['png', 'png'],
    ['webp', 'webp'],
    ['gif', 'png'],
    ['tiff', 'png'],
    ['avif', 'png'],
  ] as const)('makes format=source of a %s %s', (format, expected) => {
    const source = { ...jpeg(4000, 3000), format }
    expect(resolveOptions(start, {}, source, 5).format).toBe(expected)
  })

  describe('the margin', () => {
    it('keeps the size of a source within it, whatever fit says', () => {
      const cover = { ...start, fit: 'cover' as const }
      expect(resolveOptions(cover, {}, jpeg(1000, 750), 5).scale).toBe('none')
      expect(resolveOptions(cover, {}, jpeg(900, 700), 5).scale).toEqual(WANTED)
    })

    it('looks at the image as it is seen', () => {
      expect(resolveOptions(start, {}, jpeg(750, 1000, 6), 5).scale).toBe('none')
      expect(resolveOptions(start, {}, jpeg(1000, 750, 6), 5).scale).toEqual(WANTED)
      const ignore = { orient: 'ignore' } as const
      expect(resolveOptions(start, ignore, jpeg(1000, 750, 6), 5).scale).toBe('none')
    })

    it('does not touch a scale of the request', () => {
      expect(resolveOptions(start, { scale: WANTED }, jpeg(1000, 750), 5).scale).toEqual(WANTED)
      expect(resolveOptions(start, { scale: 'none' }, jpeg(4000, 3000), 5).scale).toBe('none')
    })

    it('scales a source whose header could not be read', () => {
      const unknown = { format: 'tiff' as const, header: undefined }
      expect(resolveOptions(start, {}, unknown, 5).scale).toEqual(WANTED)
    })
  })
})
