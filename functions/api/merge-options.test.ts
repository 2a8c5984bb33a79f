import { describe, expect, it } from 'vitest'
import type { Options } from '../contract/options.ts'
import { parseEnv } from '../runtime/parse-env.ts'
import { apiConfigSchema } from './config.ts'
import { mergeOptions } from './merge-options.ts'
import { startOptions } from './start-options.ts'

const startOf = (env: Record<string, string>) => startOptions(parseEnv(apiConfigSchema, env))

const start = startOf({})
const FLOATS = {
  dtype: 'float32',
  layout: 'chw',
  mean: [0.5],
  std: [0.25],
} satisfies Partial<Options>
const BYTES = { dtype: 'uint8', layout: 'hwc', mean: [0], std: [1] } satisfies Partial<Options>

describe('mergeOptions()', () => {
  it('takes the options at start-up where nothing else is asked for', () => {
    expect(mergeOptions(start, {}, {}).options).toEqual(start)
  })

  it('puts those of the preset over them, and those of the request over both', () => {
    const preset = { filter: 'box', icc: 'convert', quality: 70 } as const
    const requested = { filter: 'hamming', quality: 50 } as const
    expect(mergeOptions(start, preset, requested).options).toEqual({
      ...start,
      filter: 'hamming',
      icc: 'convert',
      quality: 50,
    })
  })

  it('calls the scale of a request or a preset literal, and not that at start-up', () => {
    const scale = { width: 8, height: 8 }
    expect(mergeOptions(start, {}, {}).isScaleLiteral).toBe(false)
    expect(mergeOptions(start, { filter: 'box' }, { icc: 'convert' }).isScaleLiteral).toBe(false)
    expect(mergeOptions(start, { scale }, {}).isScaleLiteral).toBe(true)
    expect(mergeOptions(start, {}, { scale: 'none' }).isScaleLiteral).toBe(true)
  })

  describe('what is said of tensors', () => {
    const tensor = { format: 'npy', ...FLOATS } as const

    it('stays where another tensor is asked for', () => {
      expect(mergeOptions(start, tensor, { format: 'raw' }).options).toMatchObject(FLOATS)
      expect(mergeOptions(start, tensor, { quality: 5 }).options).toMatchObject(FLOATS)
    })

    it.each(['png', 'jpeg', 'webp', 'source'] as const)(
      'of a preset is let go where the request asks for format=%s',
      (format) => {
        expect(mergeOptions(start, tensor, { format }).options).toMatchObject({ format, ...BYTES })
      },
    )

    it('at start-up is let go where the request, or a preset, asks for an image file', () => {
      const start = startOf({ FORMAT: 'npy', DTYPE: 'float32', MEAN: '0.5' })
      expect(mergeOptions(start, {}, { format: 'png' }).options).toMatchObject(BYTES)
      expect(mergeOptions(start, { format: 'source' }, {}).options).toMatchObject(BYTES)
      expect(mergeOptions(start, {}, {}).options).toMatchObject({ dtype: 'float32', mean: [0.5] })
    })

    it('keeps of a float preset all but the normalisation where the request asks for uint8', () => {
      const { options } = mergeOptions(start, tensor, { dtype: 'uint8' })
      expect(options).toMatchObject({ ...BYTES, format: 'npy', layout: 'chw' })
      const both = { dtype: 'uint8', mean: [0.5] } satisfies Partial<Options>
      expect(() => mergeOptions(start, tensor, both)).toThrow('mean=0.5 takes')
    })

    it('of the request is kept above a preset that asks for an image file', () => {
      const { options } = mergeOptions(start, { format: 'png' }, tensor)
      expect(options).toMatchObject(tensor)
    })

    it.each([
      [{}, { format: 'png', dtype: 'float32' }],
      [{ format: 'png' }, { dtype: 'float32' }],
      [{ format: 'png', dtype: 'float32' }, {}],
    ] as [Partial<Options>, Partial<Options>][])(
      'is refused where it is asked for of an image file: preset %o, request %o',
      (preset, requested) => {
        expect(() => mergeOptions(start, preset, requested)).toThrow(
          'invalid_request: dtype=float32 is for format=npy and format=raw; the format is png.',
        )
      },
    )
  })

  it('refuses options of two layers that do not fit each other', () => {
    const preset = { fit: 'short-side', scale: { width: 8, height: 8 } } as const
    const requested = { scale: { width: 8, height: 4 } }
    expect(() => mergeOptions(start, preset, requested)).toThrow(
      'invalid_request: fit=short-side takes a square scale, such as 8x8; the scale is 8x4.',
    )
  })
})
