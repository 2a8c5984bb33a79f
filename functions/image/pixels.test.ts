import { describe, expect, it, vi } from 'vitest'
import * as decode from './decode.ts'
import { giveBack } from './pixels.ts'
import { asPng, textured } from './test-picture.ts'
import { processed } from './test-process.ts'

// As it is, but a test may look at what was decoded.
vi.mock(import('./decode.ts'), { spy: true })

/** Whether the memory of what was decoded last is gone. */
async function isGivenBack(): Promise<boolean> {
  const pixels = await vi.mocked(decode.toPixels).mock.results.at(-1)?.value
  return pixels.data.buffer.detached
}

describe('giveBack()', () => {
  it('leaves nothing of the pixels', () => {
    const data = new Uint8Array(12)
    giveBack(data)
    expect([data.length, data.buffer.byteLength]).toEqual([0, 0])
  })

  it('is done to the pixels of the source once the result has its own', async () => {
    const source = await asPng(textured({ width: 40, height: 30 }, 1))
    await processed(source, { scale: { width: 20, height: 15 } })
    expect(await isGivenBack()).toBe(true)
    await processed(source, { grayscale: true })
    expect(await isGivenBack()).toBe(true)
  })

  it('is not done to pixels that are the result', async () => {
    const source = await asPng(textured({ width: 40, height: 30 }, 1))
    const { bytes } = await processed(source, { scale: 'none', format: 'raw' })
    expect(bytes).toHaveLength(40 * 30 * 3)
    expect(await isGivenBack()).toBe(false)
  })
})
