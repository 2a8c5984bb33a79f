import { describe, expect, it } from 'vitest'
import { recogniseFormat, SOURCE_FORMATS } from './contract/source-format.ts'
import { damagedInputs } from './fuzz-inputs.ts'
import { fuzz } from './fuzz-service.ts'

describe('damagedInputs()', () => {
  it('are the same for a seed, and others for another', () => {
    const of = (seed: number) =>
      [...damagedInputs(seed, 20)].map(({ bytes }) => bytes.toString('hex'))
    expect(of(1)).toEqual(of(1))
    expect(of(1)).not.toEqual(of(2))
  })

  it('are of every format, most of them still recognised', () => {
    const formats = [...damagedInputs(3, 600)].map(({ bytes }) => recogniseFormat(bytes))
    expect(new Set(formats)).toEqual(new Set([...SOURCE_FORMATS, undefined]))
    expect(formats.filter((format) => format).length).toBeGreaterThan(300)
  })
})

describe('POST /image of bad bytes', () => {
  it('is never answered 5xx, and ends neither function', { timeout: 60_000 }, async () => {
    const { inputs, counts, bad, crashes } = await fuzz(damagedInputs(7, 400), { inFlight: 4 })
    expect({ inputs, bad, crashes }).toEqual({ inputs: 400, bad: [], crashes: [] })
    // Neither all is refused nor all is taken.
    expect(counts['200']).toBeGreaterThan(40)
    expect(counts['422 undecodable_image']).toBeGreaterThan(40)
  })
})
