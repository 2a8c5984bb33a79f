import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { MAX_CHUNKS, MAX_PACKED_BYTES } from './structure-limits.ts'
import { pngChunk } from './test-bombs.ts'
import { fixture, noise } from './test-picture.ts'
import { expectRefused, expectTaken, LARGER_PACKED, TOO_MUCH_METADATA } from './test-refusal.ts'

describe('a PNG made to be slow or large', () => {
  const png = fixture('palette.png')
  const withChunks = (...chunks: Buffer[]) =>
    Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)])
  const idatAt = png.indexOf('IDAT') - 4
  const withPicture = (...chunks: Buffer[]) =>
    Buffer.concat([png.subarray(0, idatAt), ...chunks, png.subarray(idatAt)])
  const packed = deflateSync(Buffer.alloc(7_900_000, 'a'))
  const text = pngChunk('zTXt', Buffer.concat([Buffer.from('k\0\0'), packed]))

  const textOf = (keyword: string, unpacked: string | Uint8Array) =>
    pngChunk('zTXt', Buffer.concat([Buffer.from(`${keyword}\0\0`), deflateSync(unpacked)]))

  it('is refused as a bomb of compressed text: 7 MB would become 2.7 GB', async () => {
    await expectRefused(withChunks(...Array(900).fill(text)), TOO_MUCH_METADATA)
    await expectRefused(withChunks(...Array(8).fill(text)), TOO_MUCH_METADATA)
    const international = Buffer.concat([Buffer.from('k\0\x01\0\0\0'), packed])
    const texts = Array(100).fill(pngChunk('iTXt', international))
    await expectRefused(withChunks(...texts), TOO_MUCH_METADATA)
  })

  it('is refused for a profile and texts that only together are large', async () => {
    const profile = pngChunk('iCCP', Buffer.concat([Buffer.from('k\0\0'), packed]))
    await expectTaken(withChunks(profile))
    await expectRefused(withChunks(profile, text, text), TOO_MUCH_METADATA)
    const plain = pngChunk('tEXt', Buffer.alloc(7_900_000, 'a\0'))
    await expectRefused(withChunks(plain, plain, plain), TOO_MUCH_METADATA)
    await expectRefused(withChunks(plain, plain, text), TOO_MUCH_METADATA)
  })

  it('is taken with the compressed texts and the profile of a real one', async () => {
    const random = noise({ width: 300, height: 300 }, 1).data
    const ofReal = (type: string, bytes: number) =>
      pngChunk(type, Buffer.concat([Buffer.from('k\0\0'), deflateSync(random.subarray(0, bytes))]))
    const chunks = [ofReal('iCCP', 200_000), ...Array(20).fill(ofReal('zTXt', 2000))]
    await expectTaken(withChunks(...chunks))
  })

  it('is taken with the profiles that ImageMagick writes as texts', async () => {
    const profiles = ['exif', '8bim', 'iptc'].map((name, seed) => {
      const { data } = noise({ width: 100, height: 100 }, seed)
      const hex = Buffer.from(data).toString('hex').replace(/.{72}/g, '$&\n')
      return textOf(`Raw profile type ${name}`, `\n${name}\n   30000\n${hex}\n`)
    })
    expect(profiles.every(({ length }) => length > 33_000)).toBe(true)
    await expectTaken(withChunks(...profiles))
  })

  it('is taken with a profile and a text of 120 kB each', async () => {
    const { data } = noise({ width: 200, height: 200 }, 1)
    const profile = pngChunk('iCCP', Buffer.concat([Buffer.from('k\0\0'), deflateSync(data)]))
    await expectTaken(withChunks(profile, textOf('mxfile', data)))
  })

  it('is taken with two texts that unpack to 1.6 MB each, as editors of diagrams write them', async () => {
    const nodes = Array.from(
      { length: 60_000 },
      (_, i) => `<node id="${i}" x="${(i * 7919) % 9973}"/>\n`,
    )
    const xml = nodes.join('')
    expect(xml.length).toBeGreaterThan(1_500_000)
    await expectTaken(withChunks(textOf('mxfile', xml), textOf('workflow', xml)))
  })

  it.each(['zTXt', 'iCCP'])(
    'is refused for compressed bytes that unpack to nothing, in %s',
    async (type) => {
      // Stored blocks of no bytes; made of other blocks 8 MB of them take seconds.
      const nothing = Buffer.alloc(MAX_PACKED_BYTES + 5, Buffer.from([0, 0, 0, 0xff, 0xff]))
      const data = Buffer.concat([Buffer.from('k\0\0\x78\x9c', 'latin1'), nothing])
      await expectRefused(withChunks(pngChunk(type, data)), 'bytes of compressed metadata')
    },
  )

  it('is refused for a picture of megabytes that unpack to nothing', async () => {
    const packed = pngChunk('IDAT', Buffer.alloc(10_000))
    await expectRefused(withPicture(...Array(110).fill(packed)), LARGER_PACKED)
  })

  it('is refused for two million empty chunks in its picture', async () => {
    const empty = pngChunk('IDAT', Buffer.alloc(0))
    await expectTaken(withPicture(...Array(1000).fill(empty)))
    const many = Buffer.alloc(2_000_000 * empty.length, empty)
    await expectRefused(withPicture(many), 'chunks of its picture')
  })

  it('is refused for two million chunks', async () => {
    const chunk = pngChunk('abCd', Buffer.alloc(0))
    const many = Buffer.alloc(2_000_000 * chunk.length, chunk)
    await expectRefused(withChunks(many), `more than ${MAX_CHUNKS} chunks`)
    await expectTaken(withChunks(...Array(MAX_CHUNKS - 10).fill(chunk)))
  })

  it.each(['eXIf', 'iCCP', 'tEXt', 'iTXt'])('is refused for a huge %s', async (type) => {
    const huge = pngChunk(type, Buffer.alloc(30_000_000, 'k\0\0'))
    const why = type === 'iCCP' ? 'bytes of compressed metadata' : TOO_MUCH_METADATA
    await expectRefused(withChunks(huge), why)
  })
})
