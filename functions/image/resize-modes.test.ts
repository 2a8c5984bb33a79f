import { describe, expect, it } from 'vitest'
import { asPng, colourAt, flat, nameOf, stripes, textured } from './test-picture.ts'
import { pixelsOf } from './test-process.ts'

const FITS = ['fill', 'contain', 'cover', 'inside'] as const
const FILTERS = ['lanczos', 'bicubic', 'bilinear', 'hamming', 'box', 'nearest'] as const

// What holds in either mode; fast does by exact what libvips cannot.
describe.each(['exact', 'fast'] as const)('a resize with mode=%s', (mode) => {
  it('leaves the size when the scale is none, whatever the fit and the filter', async () => {
    const picture = textured({ width: 50, height: 30 }, 1)
    const source = await asPng(picture)
    for (const fit of FITS) {
      expect(await pixelsOf(source, { mode, scale: 'none', fit, filter: 'nearest' })).toEqual(
        picture,
      )
    }
  })

  it('changes nothing when the size is the wanted one', async () => {
    const picture = textured({ width: 50, height: 30 }, 1)
    const scale = { width: 50, height: 30 }
    for (const fit of FITS) {
      expect(await pixelsOf(await asPng(picture), { mode, scale, fit })).toEqual(picture)
    }
  })

  it('stretches to fill', async () => {
    const source = await asPng(stripes({ width: 120, height: 40 }, ['red', 'green', 'blue']))
    const pixels = await pixelsOf(source, { mode, fit: 'fill', scale: { width: 60, height: 80 } })
    expect(pixels).toMatchObject({ width: 60, height: 80 })
    expect(
      namesAlong(pixels, [
        [10, 0],
        [30, 40],
        [50, 79],
      ]),
    ).toEqual(['red', 'green', 'blue'])
  })

  it('pads to contain, with black bars above and below, the odd row below', async () => {
    const source = await asPng(flat({ width: 300, height: 200 }, 'yellow'))
    const pixels = await pixelsOf(source, {
      mode,
      fit: 'contain',
      scale: { width: 100, height: 100 },
    })
    expect(pixels).toMatchObject({ width: 100, height: 100 })
    // 100x67 in the middle: 33 rows of bars, 16 above and 17 below.
    const rows = [0, 15, 16, 50, 82, 83, 99]
    const names = ['black', 'black', 'yellow', 'yellow', 'yellow', 'black', 'black']
    for (const x of [0, 50, 99]) {
      expect(
        namesAlong(
          pixels,
          rows.map((y) => [x, y]),
        ),
      ).toEqual(names)
    }
  })

  it('brings the short side to that of a square scale, enlarged or shrunk', async () => {
    const source = await asPng(stripes({ width: 300, height: 100 }, ['red', 'green', 'blue']))
    for (const side of [20, 150]) {
      const scale = { width: side, height: side }
      const pixels = await pixelsOf(source, { mode, fit: 'short-side', scale })
      expect(pixels).toMatchObject({ width: 3 * side, height: side })
      const centres = [0.5, 1.5, 2.5].map((part) => [part * side, side / 2])
      expect(namesAlong(pixels, centres)).toEqual(['red', 'green', 'blue'])
    }
  })

  it('pads to contain, with black bars left and right', async () => {
    const source = await asPng(flat({ width: 200, height: 300 }, 'yellow'))
    const pixels = await pixelsOf(source, {
      mode,
      fit: 'contain',
      scale: { width: 100, height: 60 },
    })
    const columns = [0, 29, 30, 69, 70, 99]
    const names = ['black', 'black', 'yellow', 'yellow', 'black', 'black']
    for (const y of [0, 30, 59]) {
      expect(
        namesAlong(
          pixels,
          columns.map((x) => [x, y]),
        ),
      ).toEqual(names)
    }
  })

  it('crops the centre to cover', async () => {
    const source = await asPng(
      stripes({ width: 300, height: 100 }, ['red', 'red', 'green', 'blue', 'blue', 'blue']),
    )
    const pixels = await pixelsOf(source, { mode, fit: 'cover', scale: { width: 50, height: 50 } })
    expect(pixels).toMatchObject({ width: 50, height: 50 })
    // Of the middle third, the left half is green.
    expect(
      namesAlong(pixels, [
        [1, 25],
        [22, 0],
        [27, 49],
        [48, 25],
      ]),
    ).toEqual(['green', 'green', 'blue', 'blue'])
  })

  it.each([
    [
      { width: 300, height: 200 },
      { width: 100, height: 100 },
      { width: 100, height: 67 },
    ],
    [
      { width: 200, height: 300 },
      { width: 100, height: 100 },
      { width: 67, height: 100 },
    ],
    [
      { width: 30, height: 20 },
      { width: 100, height: 100 },
      { width: 100, height: 67 },
    ],
  ])('keeps the aspect inside: %j into %j is %j', async (size, scale, expected) => {
    const source = await asPng(stripes(size, ['red', 'green', 'blue']))
    const pixels = await pixelsOf(source, { mode, fit: 'inside', scale })
    expect(pixels).toMatchObject(expected)
    const [right, bottom] = [expected.width - 1, expected.height - 1]
    const middle = Math.floor(expected.width / 2)
    expect(
      namesAlong(pixels, [
        [0, 0],
        [middle, bottom],
        [right, 0],
      ]),
    ).toEqual(['red', 'green', 'blue'])
  })

  describe.each([
    ['2000x1', { width: 2000, height: 1 }],
    ['1x2000', { width: 1, height: 2000 }],
    ['1x1', { width: 1, height: 1 }],
    ['3x2', { width: 3, height: 2 }],
  ])('from a source of %s', (_name, size) => {
    it.each(FITS)('makes every size with fit=%s', async (fit) => {
      const source = await asPng(flat(size, 'yellow'))
      for (const [width = 0, height = 0] of [
        [500, 500],
        [100, 3],
        [7, 300],
        [1, 1],
        [1, 400],
      ]) {
        const pixels = await pixelsOf(source, { mode, fit, scale: { width, height } })
        expect(pixels.data).toHaveLength(pixels.width * pixels.height * 3)
        if (fit === 'inside') {
          expect(pixels.width === width || pixels.height === height).toBe(true)
          expect(Math.min(width - pixels.width, height - pixels.height)).toBeGreaterThanOrEqual(0)
        } else {
          expect(pixels).toMatchObject({ width, height })
        }
        const [x, y] = [Math.floor(pixels.width / 2), Math.floor(pixels.height / 2)]
        expect(nameOf(colourAt(pixels, x, y), 0)).toBe('yellow')
        const seen = new Set(namesOf(pixels))
        if (fit === 'contain') seen.delete('black')
        expect([...seen]).toEqual(['yellow'])
      }
    })
  })

  it.each(FILTERS)('keeps a flat picture flat with the filter %s', async (filter) => {
    const source = await asPng(flat({ width: 333, height: 222 }, 'blue'))
    for (const scale of [
      { width: 100, height: 61 },
      { width: 13, height: 300 },
    ]) {
      const pixels = await pixelsOf(source, { mode, filter, scale })
      expect(pixels).toMatchObject(scale)
      expect([...new Set(namesOf(pixels))]).toEqual(['blue'])
    }
  })

  it('makes no new colours with the filter nearest', async () => {
    const source = await asPng(stripes({ width: 90, height: 20 }, ['red', 'white', 'blue']))
    const pixels = await pixelsOf(source, {
      mode,
      filter: 'nearest',
      scale: { width: 37, height: 11 },
    })
    expect(new Set(namesOf(pixels))).toEqual(new Set(['red', 'white', 'blue']))
  })

  it.each(['lanczos', 'bicubic', 'bilinear', 'hamming', 'box'] as const)(
    'averages all of the source with the filter %s',
    async (filter) => {
      // Stripes of one pixel: whoever skips pixels sees one of the two colours alone.
      const names = Array.from({ length: 128 }, (_, x) => (x % 2 ? 'white' : 'black'))
      const source = await asPng(stripes({ width: 128, height: 16 }, names))
      const pixels = await pixelsOf(source, { mode, filter, scale: { width: 16, height: 16 } })
      for (const x of [2, 7, 13]) expect(colourAt(pixels, x, 8)[0]).toBeCloseTo(127.5, -1)
    },
  )

  it('has filters that differ', async () => {
    const source = await asPng(textured({ width: 90, height: 60 }, 4))
    const scale = { width: 40, height: 30 }
    const results = await Promise.all(
      FILTERS.map((filter) => pixelsOf(source, { mode, filter, scale })),
    )
    expect(new Set(results.map(({ data }) => data.join())).size).toBe(FILTERS.length)
  })
})

type Picture = Parameters<typeof colourAt>[0]

function namesAlong(pixels: Picture, points: number[][]): string[] {
  return points.map(([x = 0, y = 0]) => nameOf(colourAt(pixels, x, y)))
}

function namesOf(pixels: Picture): string[] {
  const count = pixels.width * pixels.height
  return Array.from({ length: count }, (_, at) =>
    nameOf(colourAt(pixels, at % pixels.width, Math.floor(at / pixels.width)), 1),
  )
}
