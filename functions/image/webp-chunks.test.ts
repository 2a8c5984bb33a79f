import { describe, it } from 'vitest'
import { MAX_CHUNKS, MAX_FRAMES, MAX_METADATA_BYTES } from './structure-limits.ts'
import { riff, riffChunk } from './test-bombs.ts'
import { fixture } from './test-picture.ts'
import { expectRefused, expectTaken, TOO_MUCH_METADATA } from './test-refusal.ts'

describe('a WebP made to be slow or large', () => {
  const webp = fixture('animated.webp')
  const frameAt = webp.indexOf('ANMF')
  const frame = webp.subarray(frameAt, frameAt + 8 + webp.readUInt32LE(frameAt + 4))
  const start = webp.subarray(12, frameAt)

  it('is refused for 100,000 frames: libwebp compares each with all before it', async () => {
    const frames = Buffer.alloc(100_000 * frame.length, frame)
    await expectRefused(riff(start, frames), `more than ${MAX_FRAMES} frames`)
  })

  it('is taken with a thousand frames', async () => {
    await expectTaken(riff(start, ...Array(1000).fill(frame)))
  })

  it('is refused for millions of chunks', async () => {
    const chunks = Buffer.alloc(3_000_000 * 8, riffChunk('ABCD', Buffer.alloc(0)))
    await expectRefused(riff(start, chunks, frame), `more than ${MAX_CHUNKS} chunks`)
    await expectRefused(riff(start, frame, chunks), `more than ${MAX_CHUNKS} chunks`)
    const stuffed = riffChunk('ANMF', Buffer.concat([frame.subarray(8), chunks]))
    await expectRefused(riff(start, stuffed), `more than ${MAX_CHUNKS} chunks`)
  })

  it('is refused for frames within frames, each of them a picture', async () => {
    // Each says that it goes on to the end of all.
    const nested = Buffer.alloc(40_000 * frame.length, frame)
    for (let at = 0; at < nested.length; at += frame.length) {
      nested.writeUInt32LE(nested.length - at - 8, at + 4)
    }
    await expectRefused(riff(start, nested), `more than ${MAX_FRAMES} frames`)
    // Behind a chunk that it does not know libwebp takes the rest for the next frames.
    const unknown = riffChunk('ABCD', Buffer.alloc(0))
    const within = Buffer.concat([frame.subarray(8), unknown, nested])
    await expectRefused(riff(start, riffChunk('ANMF', within)), `more than ${MAX_FRAMES} frames`)
  })

  it.each(['VP8 ', 'VP8L', 'ALPH'])('is refused for millions of chunks of %s', async (type) => {
    const chunks = Buffer.alloc(4_000_000 * 8, riffChunk(type, Buffer.alloc(0)))
    await expectRefused(riff(start, chunks), `more than ${MAX_CHUNKS} chunks`)
    await expectRefused(riff(start, frame, chunks), `more than ${MAX_CHUNKS} chunks`)
  })

  it('ends where it says that it ends, as for libwebp', async () => {
    const chunks = Buffer.alloc(80_000, riffChunk('ABCD', Buffer.alloc(0)))
    await expectTaken(Buffer.concat([webp, chunks]))
  })

  it.each(['ICCP', 'EXIF', 'XMP '])('is refused for a huge %s', async (type) => {
    const huge = riffChunk(type, Buffer.alloc(30_000_000))
    await expectRefused(riff(start, huge, frame), TOO_MUCH_METADATA)
    const third = riffChunk(type, Buffer.alloc(MAX_METADATA_BYTES / 3 + 1))
    await expectRefused(riff(start, third, frame, third, third), TOO_MUCH_METADATA)
  })
})
