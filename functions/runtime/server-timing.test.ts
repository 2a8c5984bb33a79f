import { describe, expect, it } from 'vitest'
import { createTimings } from './server-timing.ts'

describe('createTimings()', () => {
  it('notes the parts in order, those that fail too, and hands their values on', async () => {
    const timings = createTimings()
    expect(await timings.measure('upload', Promise.resolve(7))).toBe(7)
    await expect(timings.measure('forward', Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(timings.toHeader()).toMatch(/^upload;dur=\d+\.\d, forward;dur=\d+\.\d$/)
  })
})
