/** What a decoder would suffer from is refused before it is asked; what is only odd is taken. */
import { expect } from 'vitest'
import { readSourceHeader } from './source-header.ts'
import { MAX_METADATA_BYTES } from './structure-limits.ts'
import { pixelsOf } from './test-process.ts'

export const LARGER_PACKED = 'a picture that is far larger packed than unpacked'
export const TOO_MUCH_METADATA = `more than ${MAX_METADATA_BYTES} bytes of metadata`

/** What a decoder takes seconds or gigabytes for is refused before it is asked. */
export async function expectRefused(bomb: Buffer, why: string): Promise<void> {
  const before = process.cpuUsage()
  await expect(readSourceHeader(bomb)).rejects.toMatchObject({
    code: 'undecodable_image',
    detail: expect.stringContaining(why),
  })
  // Of all threads, a decoder's included, however busy the machine is with others.
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1000).toBeLessThan(500)
}

/** Takes what is odd, but within the limits. */
export async function expectTaken(source: Buffer): Promise<void> {
  expect(await pixelsOf(source, { scale: { width: 4, height: 3 } })).toMatchObject({ width: 4 })
}
