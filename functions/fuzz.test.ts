import { describe, expect, it } from 'vitest'
import { recogniseFormat, SOURCE_FORMATS } from './contract/source-format.ts'
import { boundariesOf } from './fuzz-boundaries.ts'
import { damagedInputs } from './fuzz-inputs.ts'
import { fuzz } from './fuzz-service.ts'
import { failuresOf, faultOf } from './fuzz-verdict.ts'
import { fixture } from './image/test-picture.ts'

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

describe('boundariesOf()', () => {
  it.each([
    ['palette.png', 'IHDR', 4],
    ['animated.webp', 'ANMF', 0],
    ['lossless.avif', 'meta', 4],
    ['corners.gif', '\x2c\0\0\0\0', 0],
    ['gray.jpg', '\xff\xda', 0],
  ])('has where the parts of %s begin', (name, part, ahead) => {
    const file = fixture(name)
    expect(boundariesOf(file)).toContain(file.indexOf(part, 0, 'latin1') - ahead)
  })
})

describe('faultOf()', () => {
  it.each(['200', '415 unsupported_media_type', '422 undecodable_image', '503 overloaded'])(
    'takes %s',
    (kind) => {
      expect(faultOf(kind, 10)).toBe(undefined)
    },
  )

  it.each(['404 not_found', '401 unauthorized', '429 rate_limited', '500 internal', 'no answer'])(
    'does not take %s',
    (kind) => {
      expect(faultOf(kind, 10)).toBe(kind)
    },
  )

  it('takes nothing that comes late', () => {
    expect(faultOf('200', 2500)).toBe('200 after 2500 ms')
  })
})

describe('failuresOf()', () => {
  const rest = { image: 200, api: 150 }
  const good = { counts: { 200: 1 }, bad: [], crashes: [], peakMb: rest, restMb: rest }

  it('has none of a good run', () => {
    expect(failuresOf(good)).toEqual([])
  })

  it.each([
    ['a bad answer', { bad: ['500'] }, '1 bad answers'],
    ['a crash', { crashes: ['image: SIGSEGV'] }, '1 crashes'],
    ['a run without a result', { counts: { '415 unsupported_media_type': 9 } }, 'accepted'],
    ['memory taken', { peakMb: { image: 1200, api: 150 } }, 'image took 1200 MB'],
    ['memory kept', { restMb: { image: 200, api: 900 } }, 'api kept 900 MB'],
  ])('tells %s', (_, wrong, words) => {
    expect(failuresOf({ ...good, ...wrong })).toEqual([expect.stringContaining(words)])
  })
})

describe('POST /image of bad bytes', () => {
  it('is never answered 5xx or late, and ends neither function', { timeout: 60_000 }, async () => {
    const report = await fuzz(damagedInputs(7, 400), { inFlight: 4 })
    const { inputs, counts, bad, crashes } = report
    expect({ inputs, bad, crashes }).toEqual({ inputs: 400, bad: [], crashes: [] })
    expect(failuresOf(report)).toEqual([])
    // Neither all is refused nor all is taken.
    expect(counts['200']).toBeGreaterThan(40)
    expect(counts['422 undecodable_image']).toBeGreaterThan(40)
  })
})
