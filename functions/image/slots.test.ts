import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSlots, type Slots } from './slots.ts'

const never = new AbortController().signal

describe('createSlots()', () => {
  it('gives as many slots as there are, and the next when one is given back', async () => {
    const slots = createSlots(2, 100)
    const release = await slots.acquire(10, never)
    await slots.acquire(10, never)
    const third = ask(slots, 10)
    expect(await third.isWaiting()).toBe(true)
    release()
    await expect(third.acquired).resolves.toBeTypeOf('function')
  })

  it('serves those that wait in the order in which they came', async () => {
    const slots = createSlots(1, 100)
    const release = await slots.acquire(1, never)
    const order: string[] = []
    const work = ['first', 'second', 'third'].map(async (name) => {
      const done = await slots.acquire(1, never)
      order.push(name)
      done()
    })
    release()
    await Promise.all(work)
    expect(order).toEqual(['first', 'second', 'third'])
  })

  it('lets pixels up to the bound wait and refuses one more at once, with Retry-After', async () => {
    const slots = createSlots(1, 100)
    await slots.acquire(1, never)
    const waiting = [ask(slots, 60), ask(slots, 40)]
    await expect(slots.acquire(1, never)).rejects.toMatchObject({
      code: 'overloaded',
      headers: { 'Retry-After': expect.stringMatching(/^[1-9]\d*$/) },
    })
    expect(await Promise.all(waiting.map((each) => each.isWaiting()))).toEqual([true, true])
  })

  it('runs an image larger than the bound when a slot is free', async () => {
    const slots = createSlots(1, 100)
    await expect(slots.acquire(1000, never)).resolves.toBeTypeOf('function')
  })

  it('refuses an image larger than the bound when it would have to wait', async () => {
    const slots = createSlots(1, 100)
    await slots.acquire(1, never)
    await expect(slots.acquire(101, never)).rejects.toMatchObject({ code: 'overloaded' })
  })

  it('makes room in the queue when one of those waiting starts', async () => {
    const slots = createSlots(1, 100)
    const release = await slots.acquire(1, never)
    const second = ask(slots, 100)
    release()
    await second.acquired
    expect(await ask(slots, 100).isWaiting()).toBe(true)
  })

  it('gives the pixels back when one that waits is aborted', async () => {
    const slots = createSlots(1, 100)
    const release = await slots.acquire(1, never)
    const controller = new AbortController()
    const gone = slots.acquire(100, controller.signal)
    controller.abort(new Error('the client left'))
    await expect(gone).rejects.toThrow('the client left')

    const next = ask(slots, 100)
    expect(await next.isWaiting()).toBe(true)
    release()
    await expect(next.acquired).resolves.toBeTypeOf('function')
  })

  it('takes no slot for one that is aborted before it asks', async () => {
    const slots = createSlots(1, 0)
    const aborted = AbortSignal.abort(new Error('the client left'))
    await expect(slots.acquire(1, aborted)).rejects.toThrow('the client left')
    await expect(slots.acquire(1, never)).resolves.toBeTypeOf('function')
  })

  it('lets go of the signal once the slot is taken', async () => {
    const slots = createSlots(1, 100)
    const release = await slots.acquire(1, never)
    const controller = new AbortController()
    const waiting = slots.acquire(50, controller.signal)
    release()
    const releaseSecond = await waiting
    controller.abort()
    releaseSecond()
    await expect(slots.acquire(1, never)).resolves.toBeTypeOf('function')
    // The queue still holds its whole bound: nothing was given back twice.
    expect(await ask(slots, 100).isWaiting()).toBe(true)
    await expect(slots.acquire(1, never)).rejects.toMatchObject({ code: 'overloaded' })
  })
})

describe('Retry-After of a full queue', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] })
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  /** Works on an image for so long. */
  async function work(slots: Slots, pixels: number, ms: number, hasMade = true) {
    const release = await slots.acquire(pixels, never)
    vi.advanceTimersByTime(ms)
    release(hasMade)
  }

  /** What is answered when all slots are taken and 200 megapixels wait. */
  async function retryAfter(slots: Slots, count: number): Promise<string> {
    for (let i = 0; i < count; i++) await slots.acquire(1, never)
    void slots.acquire(200e6, never)
    const refusal = await slots.acquire(1, never).catch((error) => error)
    return refusal.headers['Retry-After']
  }

  it.each([
    ['one slot', 1, '4'],
    ['two slots', 2, '2'],
  ])(
    'is how long its pixels take as the last images did, in %s',
    async (_which, count, seconds) => {
      const slots = createSlots(count, 200e6)
      await work(slots, 12e6, 240)
      expect(await retryAfter(slots, count)).toBe(seconds)
    },
  )

  it('is not shortened by images that were refused, which takes no time', async () => {
    const slots = createSlots(1, 200e6)
    await work(slots, 10e6, 1000)
    for (let i = 0; i < 50; i++) await work(slots, 10e6, 1, false)
    expect(await retryAfter(slots, 1)).toBe('20')
  })
})

/** Asks for a slot; `isWaiting` tells, once all promises that can settle have, whether it waits. */
function ask(slots: Slots, pixels: number) {
  const acquired = slots.acquire(pixels, never)
  return {
    acquired,
    async isWaiting(): Promise<boolean> {
      const settled = Promise.withResolvers<boolean>()
      setImmediate(() => settled.resolve(true))
      return Promise.race([acquired.then(() => false), settled.promise])
    },
  }
}
