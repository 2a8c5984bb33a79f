import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { distinctPicture } from './distinct-picture.ts'

function withText(bytes: Buffer, text: string): Buffer {
  return Buffer.concat(distinctPicture(bytes)?.withText(text) ?? [])
}

describe('distinctPicture()', () => {
  it('puts a comment behind the segments that have to be the first of a JPEG', () => {
    const soi = Buffer.from([0xff, 0xd8])
    const apps = Buffer.from([0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xe1, 0, 3, 7])
    const rest = Buffer.from([0xff, 0xdb, 0, 2])
    const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, 5]), Buffer.from('abc')])
    const bytes = Buffer.concat([soi, apps, rest])
    expect(withText(bytes, 'abc')).toEqual(Buffer.concat([soi, apps, comment, rest]))
  })

  it('ends with a JPEG that ends within a segment', () => {
    const bytes = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff])
    expect(withText(bytes, 'a').subarray(0, 6)).toEqual(bytes)
  })

  it('puts a text chunk with its checksum behind the header of a PNG', () => {
    const header = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(25)])
    const made = withText(Buffer.concat([header, Buffer.from('rest')]), 'abc')
    const chunk = made.subarray(33, -4)
    expect(made.subarray(0, 33)).toEqual(header)
    expect(chunk.readUInt32BE(0)).toBe(11)
    expect(chunk.subarray(4, -4).toString()).toBe('tEXtComment\0abc')
    expect(chunk.readUInt32BE(19)).toBe(crc32('tEXtComment\0abc'))
    expect(made.subarray(-4).toString()).toBe('rest')
  })

  it.each(['GIF89a..', '', 'hello'])('has no place in %o', (text) => {
    expect(distinctPicture(Buffer.from(text))).toBeUndefined()
  })
})
