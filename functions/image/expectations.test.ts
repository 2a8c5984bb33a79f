import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import type { ResolvedOptions } from '../contract/options.ts'
import { type Expectation, expectedSource, makeExpectations, sumOf } from './test-expectations.ts'
import { findPillowOfEach } from './test-pillow.ts'
import { processed } from './test-process.ts'

const EXPECTATIONS: Expectation[] = JSON.parse(
  readFileSync(join(import.meta.dirname, 'expectations.json'), 'utf8'),
)

const pythons = findPillowOfEach(inject('pillowPythons'))

describe.each(['12', '13'] as const)('pillow=%s', (pillow: ResolvedOptions['pillow']) => {
  it.each(EXPECTATIONS)(
    'makes what Pillow made of $picture.width x $picture.height with $options',
    async (expectation) => {
      const options = { ...expectation.options, pillow, format: 'raw' } as const
      const { bytes, info } = await processed(await expectedSource(expectation), options)
      expect(info.mode).toBe('exact')
      expect(sumOf(bytes)).toBe(expectation.sums[pillow])
    },
  )
})

describe('expectations.json', () => {
  it('has jobs of which the two Pillows make different pixels', () => {
    const differing = EXPECTATIONS.filter(({ sums }) => sums[12] !== sums[13])
    expect(differing.length).toBeGreaterThan(5)
    expect(differing.length).toBeLessThan(EXPECTATIONS.length - 20)
  })

  it.skipIf(!pythons)('is what both Pillows make now', async () => {
    if (pythons) expect(await makeExpectations(pythons)).toEqual(EXPECTATIONS)
    else expect.unreachable()
  })

  it.runIf(inject('ci'))('is made again where the checks of a change run', () => {
    expect(Object.keys(pythons ?? {})).toEqual(['12', '13'])
  })
})
