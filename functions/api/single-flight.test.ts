import { describe, expect, it } from 'vitest'
import { createSingleFlight, type Flown } from './single-flight.ts'

const { signal: never } = new AbortController()

/** Uses a value at once. */
const told = async (flown: Flown<string | number>) => flown

/** Work that a test ends by hand, and its signal. */
function held() {
  const outcome = Promise.withResolvers<string>()
  const signals: AbortSignal[] = []
  const work = (signal: AbortSignal) => {
    signals.push(signal)
    return outcome.promise
  }
  return { ...outcome, signals, work }
}

describe('createSingleFlight()', () => {
  it('does the work once for all who ask meanwhile', async () => {
    const flights = createSingleFlight<string>()
    const { work, resolve, signals } = held()
    const asked = [1, 2, 3].map(() => flights.join('key', never, work, told))
    resolve('done')
    expect(await Promise.all(asked)).toEqual([
      { value: 'done', joined: false },
      { value: 'done', joined: true },
      { value: 'done', joined: true },
    ])
    expect(signals).toHaveLength(1)
  })

  it('does other work for another key', async () => {
    const flights = createSingleFlight<string>()
    const work = async () => 'own'
    const both = await Promise.all(['a', 'b'].map((key) => flights.join(key, never, work, told)))
    expect(both.map(({ joined }) => joined)).toEqual([false, false])
  })

  it('does the work again once it is done', async () => {
    const flights = createSingleFlight<number>()
    let times = 0
    const work = async () => ++times
    await flights.join('key', never, work, told)
    expect(await flights.join('key', never, work, told)).toEqual({ value: 2, joined: false })
  })

  it('tells all who wait of a failure, and does not keep it', async () => {
    const flights = createSingleFlight<string>()
    const { work, reject } = held()
    const asked = [1, 2].map(() => flights.join('key', never, work, told))
    reject(new Error('failed'))
    for (const each of await Promise.allSettled(asked)) {
      expect(each).toMatchObject({ status: 'rejected', reason: { message: 'failed' } })
    }
    const next = await flights.join('key', never, async () => 'done', told)
    expect(next).toEqual({ value: 'done', joined: false })
  })

  it('lets the first leave without harm to the others', async () => {
    const flights = createSingleFlight<string>()
    const { work, resolve, signals } = held()
    const first = new AbortController()
    const asked = [
      flights.join('key', first.signal, work, told),
      flights.join('key', never, work, told),
    ]
    first.abort(new Error('left'))
    await expect(asked[0]).rejects.toThrow('left')
    expect(signals[0]?.aborted).toBe(false)
    resolve('done')
    expect(await asked[1]).toEqual({ value: 'done', joined: true })
  })

  it('gives up the work when the last one leaves, and whoever comes then starts anew', async () => {
    const flights = createSingleFlight<string>()
    const { work, signals } = held()
    const clients = [new AbortController(), new AbortController()]
    const asked = clients.map(({ signal }) => flights.join('key', signal, work, told))
    for (const client of clients) client.abort(new Error('left'))
    for (const each of asked) await expect(each).rejects.toThrow('left')
    expect(signals[0]?.aborted).toBe(true)
    const next = await flights.join('key', never, async () => 'new', told)
    expect(next).toEqual({ value: 'new', joined: false })
  })

  it('has its signal abort when the last who uses the value is done, not before', async () => {
    const flights = createSingleFlight<string>()
    const { work, resolve, signals } = held()
    const ends = [Promise.withResolvers<string>(), Promise.withResolvers<string>()]
    const uses = ends.map(({ promise }) => flights.join('key', never, work, () => promise))
    resolve('done')
    ends[0]?.resolve('used')
    expect(await uses[0]).toBe('used')
    expect(signals[0]?.aborted).toBe(false)
    ends[1]?.reject(new Error('failed'))
    await expect(uses[1]).rejects.toThrow('failed')
    expect(signals[0]?.aborted).toBe(true)
  })

  it('lets join what is being done, and begins nothing for that', async () => {
    const flights = createSingleFlight<string>()
    const { work, resolve } = held()
    expect(await flights.joinRunning('key', never, told)).toBeUndefined()
    const asked = [flights.join('key', never, work, told), flights.joinRunning('key', never, told)]
    resolve('done')
    expect(await asked[1]).toEqual({ value: 'done', joined: true })
    expect(await flights.joinRunning('key', never, told)).toBeUndefined()
  })

  it('refuses one who left before', async () => {
    const flights = createSingleFlight<string>()
    const { work, signals } = held()
    const gone = AbortSignal.abort(new Error('left'))
    await expect(flights.join('key', gone, work, told)).rejects.toThrow('left')
    await expect(flights.joinRunning('key', gone, told)).rejects.toThrow('left')
    expect(signals).toEqual([])
  })
})
