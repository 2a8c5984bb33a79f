import { describe, expect, it } from 'vitest'
import { createRetryAfter } from './retry-after.ts'

const WAITING = 200e6

describe('createRetryAfter()', () => {
  it.each([
    ['one slot', 1, 4],
    ['two slots', 2, 2],
  ])('is how long what waits takes as the last did, in %s', (_which, count, seconds) => {
    const retryAfter = createRetryAfter(count)
    retryAfter.note(12e6, 240)
    expect(retryAfter.seconds(WAITING)).toBe(seconds)
  })

  it('follows the images, and the last ones most', () => {
    const retryAfter = createRetryAfter(1)
    for (let i = 0; i < 50; i++) retryAfter.note(10e6, 100)
    for (let i = 0; i < 20; i++) retryAfter.note(10e6, 1000)
    expect(retryAfter.seconds(WAITING)).toBe(20)
  })

  it('is a second when nothing was noted yet', () => {
    expect(createRetryAfter(1).seconds(WAITING)).toBe(1)
  })

  it.each([
    ['images take no time', 10e6, 0, 1],
    ['images take for ever', 1, 30_000, 60],
  ])('is from 1 to 60 seconds: %s', (_when, weight, ms, seconds) => {
    const retryAfter = createRetryAfter(1)
    retryAfter.note(weight, ms)
    expect(retryAfter.seconds(WAITING)).toBe(seconds)
  })
})
