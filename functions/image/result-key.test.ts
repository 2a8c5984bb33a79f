import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { checkOptions } from '../contract/check-options.ts'
import type { ResolvedOptions } from '../contract/options.ts'
import { resultKey } from '../contract/result-key.ts'
import { plan } from './process.ts'
import { readSourceHeader } from './source-header.ts'
import { fixture, randomNumbers } from './test-picture.ts'
import { AS_IT_IS, processed } from './test-process.ts'

/** Values of which most pairs make different bytes. */
const VALUES = {
  scale: ['none', { width: 20, height: 15 }, { width: 9, height: 9 }, { width: 40, height: 40 }],
  grayscale: [true, false],
  fit: ['fill', 'contain', 'cover', 'inside', 'short-side'],
  crop: ['none', { width: 8, height: 7 }, { width: 30, height: 4 }],
  filter: ['lanczos', 'bicubic', 'box', 'nearest'],
  orient: ['apply', 'ignore'],
  alpha: ['drop', '#204060'],
  icc: ['ignore'],
  format: ['png', 'jpeg', 'npy', 'raw'],
  quality: [50, 90],
  mode: ['exact', 'fast'],
  pillow: ['12', '13'],
  dtype: ['uint8', 'float32'],
  layout: ['hwc', 'chw'],
  mean: [[0], [0.5]],
  std: [[1], [0.5]],
} as const satisfies { [Name in keyof ResolvedOptions]: readonly ResolvedOptions[Name][] }

function randomOptions(random: () => number): ResolvedOptions {
  const entries = Object.entries(VALUES).map(([name, values]) => [
    name,
    values[Math.floor(random() * values.length)],
  ])
  return { ...AS_IT_IS, ...Object.fromEntries(entries) }
}

/** One option taken from the other set: most pairs that share a key differ in one. */
function mixed(options: ResolvedOptions, other: ResolvedOptions, random: () => number) {
  const names = Object.keys(VALUES) as (keyof ResolvedOptions)[]
  const name = names[Math.floor(random() * names.length)] ?? 'scale'
  return { ...options, [name]: other[name] }
}

describe('resultKey()', () => {
  it.each(['orientation-6.png', 'rgba.png'])(
    'never names different bytes made of %s',
    async (name) => {
      const source = fixture(name)
      const header = await readSourceHeader(source)
      // What the api sends: options that fit each other, and a mode that can do the work.
      const isSent = (options: ResolvedOptions) => {
        try {
          checkOptions(options)
        } catch {
          return false
        }
        return plan(header, options).mode === options.mode
      }
      const sums = new Map<string, string>()
      const shared = new Set<string>()
      const random = randomNumbers(5)
      for (let i = 0; i < 1500; i++) {
        const options = randomOptions(random)
        for (const each of [options, mixed(options, randomOptions(random), random)]) {
          if (!isSent(each)) continue
          const key = resultKey('source', each)
          const { bytes } = await processed(source, each)
          const sum = hash('sha256', bytes, 'hex')
          if (sums.has(key)) shared.add(key)
          expect(sums.get(key) ?? sum, JSON.stringify(each)).toBe(sum)
          sums.set(key, sum)
        }
      }
      expect(shared.size).toBeGreaterThan(50)
    },
    60_000,
  )
})
