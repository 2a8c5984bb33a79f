import { describe, expect, it } from 'vitest'
import { timingsAfterStart } from './server-timing.ts'

describe('timingsAfterStart()', () => {
  it('notes the parts in order, those that fail too, and hands their values on', async () => {
    const timings = timingsAfterStart('start')()
    expect(await timings.measure('upload', Promise.resolve(7))).toBe(7)
    await expect(timings.measure('forward', Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(timings.toHeader()).toMatch(/^upload;dur=\d+\.\d, forward;dur=\d+\.\d, /)
  })

  it('tells once, with the first that is told, how long the process had run', () => {
    const ranMs = performance.now()
    const createTimings = timingsAfterStart('api-start')
    // Of a request that failed: it told nobody.
    createTimings()
    const [first, second] = [createTimings(), createTimings()]
    const [, ms] = first.toHeader().match(/^api-start;dur=(\d+\.\d)$/) ?? []
    expect(Math.abs(Number(ms) - ranMs)).toBeLessThan(1000)
    expect(second.toHeader()).toBe('')
  })
})
