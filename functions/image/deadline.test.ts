import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDeadline } from './deadline.ts'
import { raise } from './left-flag.ts'

describe('createDeadline()', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] })
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  it('has whole seconds left, rounded up, and then none for a next step', () => {
    const deadline = createDeadline(4321)
    expect(deadline.secondsLeft()).toBe(5)
    vi.advanceTimersByTime(321)
    expect(deadline.secondsLeft()).toBe(4)
    vi.advanceTimersByTime(3500)
    expect(deadline.secondsLeft()).toBe(1)
    vi.advanceTimersByTime(499)
    expect(deadline.secondsLeft()).toBe(1)
    vi.advanceTimersByTime(1)
    expect(deadline.secondsLeft).toThrow(
      expect.objectContaining({ code: 'image_function_timeout' }),
    )
  })

  it('lets no step begin once the client has left', () => {
    const left = new Int32Array(new SharedArrayBuffer(4))
    const deadline = createDeadline(4321, left)
    expect(deadline.secondsLeft()).toBe(5)
    raise(left)
    const abandoned = expect.objectContaining({ detail: expect.stringContaining('client left') })
    expect(deadline.check).toThrow(abandoned)
    expect(deadline.secondsLeft).toThrow(abandoned)
  })

  it('is passed with a problem that names the time, and keeps the cause for the log', () => {
    const cause = new Error('timeout: 12% complete')
    expect(createDeadline(4321).passed(cause)).toMatchObject({
      code: 'image_function_timeout',
      detail: expect.stringContaining('more than 4321 ms'),
      cause,
    })
  })
})
