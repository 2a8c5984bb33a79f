import { describe, expect, it } from 'vitest'
import type { Options, Size } from '../contract/options.ts'
import {
  centredBox,
  geometryOf,
  type Placement,
  pictureIn,
  placement,
  sizeByShortSide,
  sizeInside,
  wholeBox,
} from './geometry.ts'

/**
 * Source, wanted size, and what Pillow 9.4 makes of them: the size of ImageOps.contain, and the box
 * (left, top, right, bottom) in which ImageOps.pad lays it.
 */
const PILLOW = [
  ['4000x3000', '1024x768', '1024x768', [0, 0, 1024, 768]],
  ['3000x4000', '1024x768', '576x768', [224, 0, 800, 768]],
  ['5184x3456', '1024x768', '1024x683', [0, 42, 1024, 725]],
  ['1920x1080', '224x224', '224x126', [0, 49, 224, 175]],
  ['800x600', '100x100', '100x75', [0, 12, 100, 87]],
  ['600x800', '100x100', '75x100', [12, 0, 87, 100]],
  // Enlarged.
  ['3x2', '1000x1000', '1000x667', [0, 166, 1000, 833]],
  // A half goes to the even side.
  ['2x1', '5x5', '5x2', [0, 2, 5, 4]],
  ['2x1', '7x7', '7x4', [0, 2, 7, 6]],
  ['144x42', '180x216', '180x52', [0, 82, 180, 134]],
  ['120x245', '60x322', '60x122', [0, 100, 60, 222]],
  ['183x366', '126x165', '82x165', [22, 0, 104, 165]],
  // A half that is none, once Pillow has divided before it multiplies.
  ['156x90', '13x223', '13x7', [0, 108, 13, 115]],
  ['290x280', '231x182', '189x182', [21, 0, 210, 182]],
  ['164x160', '307x60', '61x60', [123, 0, 184, 60]],
  ['21x150', '288x275', '39x275', [124, 0, 163, 275]],
] as const

describe('sizeInside()', () => {
  it.each(PILLOW)('brings %s into %s as %s', (source, wanted, expected) => {
    expect(sizeInside(size(source), size(wanted))).toEqual(size(expected))
  })

  it.each([
    ['2000x1', '500x500', '500x1'],
    ['1x3000', '100x3', '1x3'],
    ['1x65535', '1x1', '1x1'],
  ])('keeps a side of at least one pixel: %s into %s', (source, wanted, expected) => {
    expect(sizeInside(size(source), size(wanted))).toEqual(size(expected))
  })
})

describe('sizeByShortSide()', () => {
  it.each([
    ['640x480', 256, '341x256'],
    ['480x640', 256, '256x341'],
    ['500x500', 224, '224x224'],
    // The long side is cut to whole pixels, not rounded.
    ['1999x1000', 100, '199x100'],
    ['3x1000', 1, '1x333'],
    // Enlarged.
    ['2x3', 100, '100x150'],
  ])('brings %s to a short side of %i as %s', (source, shortSide, expected) => {
    expect(sizeByShortSide(size(source), shortSide)).toEqual(size(expected))
  })
})

describe('centredBox()', () => {
  it.each([
    ['a source of the same aspect, whole', '400x300', '4x3', [0, 0, 400, 300]],
    ['the middle of a wide source', '400x300', '100x100', [50, 0, 350, 300]],
    ['the middle of a tall source', '300x400', '100x100', [0, 50, 300, 350]],
    ['parts of pixels', '10x10', '3x4', [1.25, 0, 8.75, 10]],
    ['less than a pixel', '5x1', '1x10', [2.45, 0, 2.55, 1]],
  ] as const)('is %s', (_what, source, wanted, expected) => {
    const { left, top, right, bottom } = centredBox(size(source), size(wanted))
    const box = [left, top, right, bottom]
    for (const [i, side] of expected.entries()) expect(box[i]).toBeCloseTo(side, 12)
  })
})

describe('wholeBox()', () => {
  it.each([
    ['keeps whole sides', '400x300', [50, 0, 350, 300], [50, 0, 350, 300]],
    ['rounds a half to the even side', '10x10', [1.25, 0, 8.75, 10], [1, 0, 9, 10]],
    ['keeps at least one pixel', '5x1', [2.45, 0, 2.55, 1], [2, 0, 3, 1]],
    ['stays within the source', '1x9', [0, 0.3, 1, 8.7], [0, 0, 1, 8]],
  ] as const)('%s', (_what, source, [left, top, right, bottom], expected) => {
    const whole = wholeBox({ left, top, right, bottom }, size(source))
    expect([whole.left, whole.top, whole.right, whole.bottom]).toEqual(expected)
  })
})

describe('placement()', () => {
  it('leaves everything where it is when the scale is none, whatever the fit', () => {
    for (const fit of ['fill', 'contain', 'cover', 'inside', 'short-side'] as const) {
      expect(placed('40x30', 'none', { fit })).toEqual({
        box: [0, 0, 40, 30],
        size: '40x30',
        window: [0, 0, '40x30'],
      })
    }
  })

  it.each(['exact', 'fast'] as const)('stretches all of the source to fill, mode=%s', (mode) => {
    expect(placed('400x300', '50x60', { fit: 'fill', mode })).toEqual({
      box: [0, 0, 400, 300],
      size: '50x60',
      window: [0, 0, '50x60'],
    })
  })

  it('keeps the aspect inside', () => {
    expect(placed('400x300', '100x100', { fit: 'inside' })).toEqual({
      box: [0, 0, 400, 300],
      size: '100x75',
      window: [0, 0, '100x75'],
    })
  })

  it.each(PILLOW)(
    'contains %s in %s as the %s that ImageOps.pad makes',
    (source, wanted, inner, expected) => {
      const where = placement(size(source), { ...PLAIN, scale: size(wanted), fit: 'contain' })
      expect(where.size).toEqual(size(inner))
      const { left, top, width, height } = where.window
      expect({ width, height }).toEqual(size(wanted))
      // The window begins before the picture; -0 would be shown to the client.
      expect([0 - left, 0 - top, 0 - left + where.size.width, 0 - top + where.size.height]).toEqual(
        expected,
      )
      expect([left, top].some((side) => Object.is(side, -0))).toBe(false)
    },
  )

  it('covers with a centred part of the source', () => {
    expect(placed('400x300', '50x50', { fit: 'cover' })).toEqual({
      box: [50, 0, 350, 300],
      size: '50x50',
      window: [0, 0, '50x50'],
    })
  })

  it('covers with parts of pixels, unless libvips does it', () => {
    const { box } = placed('401x300', '50x50', { fit: 'cover' })
    expect(box).toEqual([50.5, 0, 350.5, 300])
    const fast = placed('401x300', '50x50', { fit: 'cover', mode: 'fast' })
    expect(fast.box).toEqual([50, 0, 350, 300])
  })

  it('brings the short side to that of the scale', () => {
    expect(placed('640x480', '256x256', { fit: 'short-side' })).toEqual({
      box: [0, 0, 640, 480],
      size: '341x256',
      window: [0, 0, '341x256'],
    })
  })

  describe('with a crop', () => {
    it.each([
      // torchvision's CenterCrop: the rest is halved, a half pixel to the even side.
      ['rests of 117 and 32', '640x480', '256x256', '224x224', [58, 16, '224x224']],
      ['rests of 117 both', '640x480', '256x256', '224x139', [58, 58, '224x139']],
      ['rests of one', '640x480', '256x256', '340x255', [0, 0, '340x255']],
      ['rests of three', '640x480', '256x256', '338x253', [2, 2, '338x253']],
      ['no rest', '640x480', '256x256', '341x256', [0, 0, '341x256']],
      ['more than there is', '640x480', '256x256', '400x300', [-29, -22, '400x300']],
      // Padded where there is too little, the odd pixel after it, and cropped where there is enough.
      ['less height', '640x480', '256x256', '100x301', [120, -22, '100x301']],
    ] as const)('cuts out the centre: %s', (_what, source, scale, crop, expected) => {
      const { window } = placed(source, scale, { fit: 'short-side', crop: size(crop) })
      expect(window).toEqual(expected)
    })

    it('cuts the centre out of a source of any size', () => {
      expect(placed('61x40', 'none', { crop: size('20x15') })).toEqual({
        box: [0, 0, 61, 40],
        size: '61x40',
        window: [20, 12, '20x15'],
      })
    })

    it('cuts the centre out of what is padded', () => {
      const crop = size('90x90')
      expect(placed('400x200', '100x100', { fit: 'contain', crop })).toEqual({
        box: [0, 0, 400, 200],
        size: '100x50',
        window: [5, -20, '90x90'],
      })
    })

    it('has a part of the picture in every window, however thin both are', () => {
      for (const source of ['1x1', '1x9', '9x1', '2x3', '100x1']) {
        for (const scale of ['1x1', '2x5', '7x7', '40x3']) {
          for (const crop of ['1x1', '2x1', '1x2', '50x50']) {
            for (const fit of ['fill', 'contain', 'cover', 'inside'] as const) {
              const options = { ...PLAIN, scale: size(scale), crop: size(crop), fit }
              const { window, size: whole } = placement(size(source), options)
              const { width, height } = pictureIn(window, whole)
              expect(Math.min(width, height)).toBeGreaterThanOrEqual(1)
            }
          }
        }
      }
    })
  })
})

describe('pictureIn()', () => {
  it.each([
    ['is a window within the picture', [10, 20, '30x40'], [10, 20, '30x40']],
    ['is the picture within a window', [-5, -6, '200x200'], [0, 0, '100x80']],
    ['ends with the picture', [90, 70, '20x20'], [90, 70, '10x10']],
    ['begins with the picture', [-10, -15, '20x20'], [0, 0, '10x5']],
  ] as const)('%s', (_what, [left, top, wide], expected) => {
    const inside = pictureIn({ left, top, ...size(wide) }, size('100x80'))
    expect([inside.left, inside.top, `${inside.width}x${inside.height}`]).toEqual(expected)
  })
})

describe('geometryOf()', () => {
  it.each([
    ['fill', { scaleX: 8, scaleY: 5, offsetX: 0, offsetY: 0 }],
    ['inside', { scaleX: 8, scaleY: 300 / 38, offsetX: 0, offsetY: 0 }],
    // 50x38 in 50x60: the picture begins in row 11.
    ['contain', { scaleX: 8, scaleY: 300 / 38, offsetX: 0, offsetY: (-11 * 300) / 38 }],
    // 250x300 of the source.
    ['cover', { scaleX: 5, scaleY: 5, offsetX: 75, offsetY: 0 }],
  ] as const)('maps the result of fit=%s to the source', (fit, expected) => {
    const where = placement(size('400x300'), { ...PLAIN, fit, scale: size('50x60') })
    expect(geometryOf(where)).toEqual(expected)
  })

  it('maps the first pixel of a crop to where it is cut out', () => {
    const options = { fit: 'short-side', scale: size('50x50'), crop: size('40x20') } as const
    const where = placement(size('400x200'), { ...PLAIN, ...options })
    expect(geometryOf(where)).toEqual({ scaleX: 4, scaleY: 4, offsetX: 120, offsetY: 60 })
  })

  it('is the identity where nothing is changed', () => {
    const where = placement(size('40x30'), { ...PLAIN, scale: 'none' })
    expect(geometryOf(where)).toEqual({ scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0 })
  })
})

const PLAIN = { scale: 'none', fit: 'fill', crop: 'none', mode: 'exact' } as const

/** A placement in a form that is short to write. */
function placed(
  source: string,
  scale: string,
  options: Partial<Pick<Options, 'fit' | 'crop'> & { mode: 'exact' | 'fast' }>,
) {
  const wanted = scale === 'none' ? scale : size(scale)
  return inShort(placement(size(source), { ...PLAIN, ...options, scale: wanted }))
}

function inShort({ box, size: { width, height }, window }: Placement) {
  return {
    box: [box.left, box.top, box.right, box.bottom],
    size: `${width}x${height}`,
    window: [window.left, window.top, `${window.width}x${window.height}`],
  }
}

function size(text: string): Size {
  const [width = 0, height = 0] = text.split('x').map(Number)
  return { width, height }
}
