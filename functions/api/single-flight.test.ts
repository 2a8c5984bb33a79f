import { describe, expect, it } from 'vitest'
import { createSingleFlight } from './single-flight.ts'

const { signal: never } = new AbortController()

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
    const asked = [1, 2, 3].map(() => flights.join('key', never, work))
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
    const both = await Promise.all(['a', 'b'].map((key) => flights.join(key, never, work)))
    expect(both.map(({ joined }) => joined)).toEqual([false, false])
  })

  it('does the work again once it is done', async () => {
    const flights = createSingleFlight<number>()
    let times = 0
    const work = async () => ++times
    await flights.join('key', never, work)
    expect(await flights.join('key', never, work)).toEqual({ value: 2, joined: false })
  })

  it('tells all who wait of a failure, and does not keep it', async () => {
    const flights = createSingleFlight<string>()
    const { work, reject } = held()
    const asked = [1, 2].map(() => flights.join('key', never, work))
    reject(new Error('failed'))
    for (const each of await Promise.allSettled(asked)) {
      expect(each).toMatchObject({ status: 'rejected', reason: { message: 'failed' } })
    }
    const next = await flights.join('key', never, async () => 'done')
    expect(next).toEqual({ value: 'done', joined: false })
  })

  it('lets the first leave without harm to the others', async () => {
    const flights = createSingleFlight<string>()
    const { work, resolve, signals } = held()
    const first = new AbortController()
    const asked = [flights.join('key', first.signal, work), flights.join('key', never, work)]
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
    const asked = clients.map(({ signal }) => flights.join('key', signal, work))
    for (const client of clients) client.abort(new Error('left'))
    for (const each of asked) await expect(each).rejects.toThrow('left')
    expect(signals[0]?.aborted).toBe(true)
    const next = await flights.join('key', never, async () => 'new')
    expect(next).toEqual({ value: 'new', joined: false })
  })

  it('refuses one who left before', async () => {
    const flights = createSingleFlight<string>()
    const { work, signals } = held()
    const gone = AbortSignal.abort(new Error('left'))
    await expect(flights.join('key', gone, work)).rejects.toThrow('left')
    expect(signals).toEqual([])
  })
})
