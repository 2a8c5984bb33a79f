import { describe, expect, it } from 'vitest'
import type { Options } from '../contract/options.ts'
import { parseEnv } from '../runtime/parse-env.ts'
import { apiConfigSchema } from './config.ts'
import { mergeOptions } from './merge-options.ts'
import { resolveOptions } from './resolve-options.ts'
import { startOptions } from './start-options.ts'

type Source = Parameters<typeof resolveOptions>[1]

const start = startOptions(parseEnv(apiConfigSchema, {}))
const WANTED = { width: 1024, height: 768 }
const UNREADABLE: Source = { format: 'jpeg', header: undefined }

function jpeg(width: number, height: number, orientation = 1): Source {
  return { format: 'jpeg', header: { width, height, orientation } }
}

/** With a margin of 5 %, as by default. */
function resolve(requested: Partial<Options>, source: Source, preset: Partial<Options> = {}) {
  return resolveOptions(mergeOptions(start, preset, requested), source, 5)
}

describe('resolveOptions()', () => {
  it('takes every decision and leaves everything else as it is', () => {
    expect(resolve({}, jpeg(4000, 3000))).toEqual({ ...start, format: 'jpeg', mode: 'fast' })
  })

  it.each([
    ['jpeg', 'jpeg'],
    ['png', 'png'],
    ['webp', 'webp'],
    ['gif', 'png'],
    ['tiff', 'png'],
    ['avif', 'png'],
  ] as const)('makes format=source of a %s %s', (format, expected) => {
    expect(resolve({}, { ...jpeg(4000, 3000), format }).format).toBe(expected)
  })

  it('takes three equal numbers for one, as the work is the same', () => {
    const normalised = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.4] }
    const requested = { grayscale: false, format: 'npy', dtype: 'float32', ...normalised } as const
    expect(resolve(requested, jpeg(4000, 3000))).toMatchObject({
      mean: [0.5],
      std: [0.5, 0.5, 0.4],
    })
  })

  describe('the margin', () => {
    it('keeps the size of a source within it, whatever fit says', () => {
      expect(resolve({ fit: 'cover' }, jpeg(1000, 750)).scale).toBe('none')
      expect(resolve({ fit: 'cover' }, jpeg(900, 700)).scale).toEqual(WANTED)
    })

    it('looks at the image as it is seen', () => {
      expect(resolve({}, jpeg(750, 1000, 6)).scale).toBe('none')
      expect(resolve({}, jpeg(1000, 750, 6)).scale).toEqual(WANTED)
      expect(resolve({ orient: 'ignore' }, jpeg(1000, 750, 6)).scale).toBe('none')
    })

    it('does not touch a scale of the request', () => {
      expect(resolve({ scale: WANTED }, jpeg(1000, 750)).scale).toEqual(WANTED)
      expect(resolve({ scale: 'none' }, jpeg(4000, 3000)).scale).toBe('none')
    })

    it('does not touch a scale of the preset', () => {
      expect(resolve({}, jpeg(1000, 750), { scale: WANTED }).scale).toEqual(WANTED)
      expect(resolve({}, jpeg(1000, 750), { filter: 'bicubic' }).scale).toBe('none')
    })

    it('scales a source whose header could not be read', () => {
      expect(resolve({}, UNREADABLE).scale).toEqual(WANTED)
    })
  })

  describe('the mode', () => {
    it.each([
      ['png', 'exact'],
      ['npy', 'exact'],
      ['raw', 'exact'],
      ['jpeg', 'fast'],
      ['webp', 'fast'],
    ] as const)('auto is for format=%s %s', (format, expected) => {
      expect(resolve({ format }, jpeg(4000, 3000)).mode).toBe(expected)
    })

    it('auto looks at the format that source stands for', () => {
      expect(resolve({}, { ...jpeg(4000, 3000), format: 'gif' }).mode).toBe('exact')
      expect(resolve({}, { ...jpeg(4000, 3000), format: 'webp' }).mode).toBe('fast')
    })

    it('stays as it is asked for where it suits the work', () => {
      expect(resolve({ mode: 'fast', format: 'png' }, jpeg(4000, 3000)).mode).toBe('fast')
      expect(resolve({ mode: 'exact' }, jpeg(4000, 3000)).mode).toBe('exact')
    })

    it.each(['auto', 'fast'] as const)('%s is exact where fast does not suit the work', (mode) => {
      expect(resolve({ mode }, jpeg(800, 600)).mode).toBe('exact')
      expect(resolve({ mode, filter: 'box' }, jpeg(4000, 3000)).mode).toBe('exact')
      expect(resolve({ mode, scale: 'none' }, jpeg(4000, 3000)).mode).toBe('exact')
    })

    it('is exact where the margin keeps the size', () => {
      expect(resolve({ mode: 'fast' }, jpeg(1075, 806)).mode).toBe('exact')
      expect(resolve({ mode: 'fast', scale: WANTED }, jpeg(1075, 806)).mode).toBe('fast')
    })

    it('looks at the image as it is seen', () => {
      expect(resolve({ scale: { width: 700, height: 900 } }, jpeg(1000, 750, 6)).mode).toBe('fast')
      expect(resolve({ scale: { width: 700, height: 900 } }, jpeg(1000, 750)).mode).toBe('exact')
    })

    it('is exact for a source whose header could not be read', () => {
      expect(resolve({ mode: 'fast' }, UNREADABLE).mode).toBe('exact')
    })
  })
})
