import { describe, expect, it } from 'vitest'
import { OPTION_NAMES } from '../contract/options.ts'
import { ConfigurationError, parseEnv } from '../runtime/parse-env.ts'
import { apiConfigSchema } from './config.ts'
import { mergeOptions } from './merge-options.ts'
import { createPresets, presetsToJson } from './presets.ts'
import { SHIPPED_PRESETS } from './shipped-presets.ts'
import { startOptions } from './start-options.ts'

const startOf = (env: Record<string, string>) => startOptions(parseEnv(apiConfigSchema, env))

const start = startOf({})
const SHIPPED = ['imagenet-224', 'clip-224', 'mnist-28', 'document-1024x768']

describe('createPresets()', () => {
  it('has the shipped presets where none is configured', () => {
    expect([...createPresets({}, start).keys()]).toEqual(SHIPPED)
  })

  it('has the configured ones besides', () => {
    const presets = createPresets({ thumb: { scale: '128x128', fit: 'cover' } }, start)
    expect([...presets.keys()]).toEqual([...SHIPPED, 'thumb'])
    expect(presets.get('thumb')?.options).toEqual({
      scale: { width: 128, height: 128 },
      fit: 'cover',
    })
  })

  it('replaces a shipped one by a configured one of the same name, recipe and all', () => {
    const presets = createPresets({ 'clip-224': { filter: 'box' } }, start)
    expect([...presets.keys()]).toEqual(SHIPPED)
    expect(presets.get('clip-224')).toEqual({
      written: { options: { filter: 'box' } },
      options: { filter: 'box' },
    })
  })

  it.each([
    [
      { blur: '3' },
      'Preset thumb cannot be used: There is no option "blur"; the options are scale,',
    ],
    [{ preset: 'clip-224' }, 'Preset thumb cannot be used: There is no option "preset"'],
    [
      { quality: '0' },
      'Preset thumb cannot be used: Option quality is "0"; allowed: a whole number',
    ],
    [
      { mean: '0.5' },
      'Preset thumb cannot be used: mean=0.5 is for format=npy and format=raw; the',
    ],
  ] as [Record<string, string>, string][])(
    'refuses %o, naming preset and option',
    (thumb, sentence) => {
      expect(() => createPresets({ thumb }, start)).toThrow(ConfigurationError)
      expect(() => createPresets({ thumb }, start)).toThrow(sentence)
    },
  )

  it('refuses one that does not fit the options at start-up', () => {
    const square = startOf({ SCALE: '256x256', FIT: 'short-side' })
    expect(() => createPresets({ thumb: { scale: '128x96' } }, start)).not.toThrow()
    expect(() => createPresets({ thumb: { scale: '128x96' } }, square)).toThrow(
      'Preset thumb cannot be used: fit=short-side takes a square scale, such as 128x128',
    )
  })
})

describe('presetsToJson()', () => {
  it('spells the options as a query string does', () => {
    const text = presetsToJson(createPresets({ thumb: { alpha: '#ffffff', quality: '75' } }, start))
    expect(text.endsWith('\n')).toBe(true)
    const { presets } = JSON.parse(text)
    expect(presets[0]).toEqual({ name: 'imagenet-224', ...SHIPPED_PRESETS['imagenet-224'] })
    expect(presets[4]).toEqual({ name: 'thumb', options: { alpha: '#ffffff', quality: '75' } })
  })
})

describe('a shipped preset', () => {
  it.each(SHIPPED)(
    '%s leaves only what its recipe cannot say to the options at start-up',
    (name) => {
      const { written } = createPresets({}, start).get(name) ?? {}
      const isTensor = written?.options.format === 'npy'
      const tensorOptions = isTensor ? [] : ['dtype', 'layout', 'mean', 'std']
      const left = OPTION_NAMES.filter((option) => !(option in (written?.options ?? {})))
      expect(left).toEqual(['orient', 'quality', 'pillow', ...tensorOptions])
    },
  )

  it.each(SHIPPED)('%s fits any options at start-up', (name) => {
    const other = startOf({
      ...{ SCALE: '8x8', FIT: 'short-side', CROP: 'centre-4x4', GRAYSCALE: 'false', FORMAT: 'raw' },
      ...{ DTYPE: 'float16', LAYOUT: 'chw', MEAN: '0.1,0.2,0.3', STD: '0.1,0.2,0.3' },
    })
    const { options = {} } = createPresets({}, other).get(name) ?? {}
    expect(mergeOptions(other, options, {})).toEqual(mergeOptions(start, options, {}))
  })

  it.each(SHIPPED)('%s is shown as the model sees it with format=png', (name) => {
    const { options = {} } = createPresets({}, start).get(name) ?? {}
    expect(mergeOptions(start, options, { format: 'png' }).options).toMatchObject({
      format: 'png',
      dtype: 'uint8',
      mean: [0],
    })
  })

  it.each(['imagenet-224', 'clip-224', 'mnist-28'])('%s says where its recipe is', (name) => {
    expect(SHIPPED_PRESETS[name]?.source).toMatch(/^https:\/\/github\.com\/.+\.py$/)
  })
})
