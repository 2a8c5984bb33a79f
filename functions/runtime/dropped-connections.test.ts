import { once } from 'node:events'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createApp } from './app.ts'
import { serveForTest } from './test-server.ts'
import { connectTo } from './test-socket.ts'

afterEach(() => void vi.useRealTimers())

/** A server that takes one connection, has it, and what it logs. */
async function startFull() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const log = { info: vi.fn(), error: vi.fn() }
  const server = await serveForTest(createApp(log), { maxConnections: 1 }, log)
  const only = await connectTo(server.port)
  return {
    counts: () => log.error.mock.calls.map(([{ dropped }]) => dropped),
    lastLine: () => log.error.mock.lastCall,
    async flood(connections: number) {
      for (let time = 0; time < connections; time++) {
        const socket = await connectTo(server.port)
        socket.on('error', () => {}).resume()
        await once(socket, 'close')
      }
    },
    async [Symbol.asyncDispose]() {
      only.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}

describe('a flood of connections beyond the limit', () => {
  it('is in the log at once, and a flood never fills it with lines: what comes after is a number once a minute', async () => {
    await using full = await startFull()
    await full.flood(1)
    expect(full.lastLine()).toEqual([
      { dropped: 1, maxConnections: 1 },
      'too many connections: new ones are closed unanswered',
    ])
    await full.flood(3)
    vi.advanceTimersByTime(59_999)
    expect(full.counts()).toEqual([1])
    vi.advanceTimersByTime(1)
    expect(full.counts()).toEqual([1, 3])
    await full.flood(2)
    expect(full.counts()).toEqual([1, 3])
    vi.advanceTimersByTime(60_000)
    expect(full.counts()).toEqual([1, 3, 2])
  })

  it('is told at once again when there was a minute without one', async () => {
    await using full = await startFull()
    await full.flood(1)
    vi.advanceTimersByTime(60_000)
    await full.flood(1)
    expect(full.counts()).toEqual([1, 1])
  })

  it('is told to its end when the server stops', async () => {
    const full = await startFull()
    await full.flood(4)
    await full[Symbol.asyncDispose]()
    expect(full.counts()).toEqual([1, 3])
  })
})
