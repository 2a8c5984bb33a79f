import { describe, expect, it } from 'vitest'
import { readSourceHeader } from './source-header.ts'
import { MAX_BLOCKS, MAX_FRAMES } from './structure-limits.ts'
import { expectRefused, expectTaken } from './test-refusal.ts'

describe('a GIF made to be slow or large', () => {
  const screen = Buffer.from('GIF89a\x20\0\x18\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1')
  const frame = Buffer.from(',\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0', 'latin1')

  it('is refused for a million frames', async () => {
    const frames = Buffer.alloc(1_000_000 * frame.length, frame)
    await expectRefused(Buffer.concat([screen, frames]), `more than ${MAX_FRAMES} frames`)
  })

  it.each([
    ['an extension whose head has no bytes', '!\x01\0\x3b'.padEnd(0x3f, 'x')],
    ['an extension whose head has many bytes', '!\x01\x05aaaaa\x02bb'],
    ['an extension with nothing behind its head', '!\x07\x05aaaaa'],
    ['a comment without bytes', '!\xfe'],
  ])('is refused for a million frames behind %s', async (_what, extension) => {
    const frames = Buffer.alloc(1_000_000 * frame.length, frame)
    const before = Buffer.from(`${extension}\0`, 'latin1')
    await expectTaken(Buffer.concat([screen, before, frame, Buffer.from(';')]))
    await expectRefused(Buffer.concat([screen, before, frames]), `more than ${MAX_FRAMES} frames`)
  })

  it('is refused for millions of blocks of one byte, and of none', async () => {
    const blocks = Buffer.alloc(30_000_000, '\x01a')
    const comment = Buffer.from('!\xfe', 'latin1')
    await expectRefused(Buffer.concat([screen, comment, blocks]), `more than ${MAX_BLOCKS} blocks`)
    const comments = Buffer.alloc(30_000_000, Buffer.from('!\xfe\0', 'latin1'))
    await expectRefused(Buffer.concat([screen, comments]), `more than ${MAX_BLOCKS} blocks`)
  })

  it('is taken with ten thousand, comments and all', async () => {
    const comment = Buffer.from('!\xfe\x02hi\0', 'latin1')
    const parts = Array(MAX_FRAMES).fill(Buffer.concat([comment, frame]))
    await expectTaken(Buffer.concat([screen, ...parts, Buffer.from(';')]))
  })

  it('is refused when its first frame is the bomb', async () => {
    const bomb = Buffer.concat([screen, frame])
    bomb.writeUInt16LE(60_000, screen.length + 5)
    bomb.writeUInt16LE(60_000, screen.length + 7)
    expect(await readSourceHeader(bomb)).toMatchObject({ width: 60_000, height: 60_000 })
  })
})
