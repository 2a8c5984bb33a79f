import { describe, expect, it } from 'vitest'
import { recogniseFormat, requireFormat } from './source-format.ts'

const latin1 = (text: string) => Buffer.from(text, 'latin1')

/** An ISO/IEC 14496-12 `ftyp` box. */
function ftyp(major: string, ...compatible: string[]): Buffer {
  const brands = latin1(`ftyp${major}\0\0\0\0${compatible.join('')}`)
  const size = Buffer.alloc(4)
  size.writeUInt32BE(brands.length + 4)
  return Buffer.concat([size, brands, latin1('avif')])
}

describe('recogniseFormat()', () => {
  it.each([
    ['jpeg', latin1('\xff\xd8\xff\xe0..JFIF')],
    ['png', latin1('\x89PNG\r\n\x1a\n....IHDR')],
    ['webp', latin1('RIFF....WEBPVP8 ')],
    ['gif', latin1('GIF87a..')],
    ['gif', latin1('GIF89a..')],
    ['tiff', latin1('II*\0....')],
    ['tiff', latin1('MM\0*....')],
    ['tiff', latin1('II+\0....')],
    ['tiff', latin1('MM\0+....')],
    ['avif', ftyp('avif')],
    ['avif', ftyp('avis')],
    ['avif', ftyp('mif1', 'miaf', 'avif')],
  ])('knows %s by its first bytes', (format, bytes) => {
    expect(recogniseFormat(bytes)).toBe(format)
    // A view into a larger buffer, as a body usually is.
    expect(recogniseFormat(Buffer.concat([latin1('xyz'), bytes]).subarray(3))).toBe(format)
  })

  it.each([
    ['HEIC', ftyp('heic', 'mif1', 'heix')],
    ['an MP4', ftyp('isom', 'mp42')],
    ['a brand behind the box', ftyp('isom')],
    ['a version that spells avif', latin1('\0\0\0\x10ftypisomavif')],
    ['SVG', latin1('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['PDF', latin1('%PDF-1.7')],
    ['BMP', latin1('BM......')],
    ['a WAV', latin1('RIFF....WAVEfmt ')],
    ['text', latin1('hello')],
    ['two bytes of a JPEG', latin1('\xff\xd8')],
    ['a PNG after a byte order mark', latin1('\xef\xbb\xbf\x89PNG\r\n\x1a\n')],
  ])('does not take %s for an image', (_, bytes) => {
    expect(recogniseFormat(bytes)).toBeUndefined()
    expect(() => requireFormat(bytes)).toThrow('unsupported_media_type')
  })

  it('survives any few bytes', () => {
    for (let length = 0; length < 32; length++) {
      expect(recogniseFormat(ftyp('isom').subarray(0, length))).toBeUndefined()
    }
  })
})

describe('requireFormat()', () => {
  it('says that an empty body is empty', () => {
    expect(() => requireFormat(Buffer.alloc(0))).toThrow('invalid_request: The body is empty')
  })
})
