import { describe, expect, it } from 'vitest'
import { connectTo, readToEnd, readUntil } from '../runtime/test-socket.ts'
import { PICTURE, startApi } from './test-api.ts'
import { hashOf, KEY } from './test-keys.ts'

/** A client that asks whether to send, before it sends. */
async function ask(port: number, headers = '', bytes = PICTURE.length) {
  const socket = await connectTo(port)
  socket.write(
    `POST /image HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ${bytes}\r\n${headers}\r\n`,
  )
  return socket
}

function statusesIn(answer: string): number[] {
  return [...answer.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => Number(status))
}

describe('a client that asks before it sends its picture', () => {
  it.each([
    ['without a key', { API_KEYS: hashOf(KEY) }, 401],
    ['as that is too much', {}, 413],
  ])('is refused before a byte of it: %s', async (_, env, status) => {
    await using api = await startApi({ env })
    const socket = await ask(api.port, '', 200_000_000)
    expect(statusesIn(await readToEnd(socket))).toEqual([status])
  })

  it('is refused before a byte of it: over its rate', async () => {
    await using api = await startApi({ env: { RATE_LIMIT: '1' } })
    await api.ask('/presets')
    const socket = await ask(api.port)
    expect(statusesIn(await readToEnd(socket))).toEqual([429])
  })

  it('is told to, with a key', async () => {
    await using api = await startApi({ env: { API_KEYS: hashOf(KEY) } })
    const socket = await ask(api.port, `Authorization: Bearer ${KEY}\r\n`)
    await readUntil(socket, '100 Continue\r\n\r\n')
    const answer = readUntil(socket, '\r\n\r\n')
    socket.write(PICTURE)
    expect(statusesIn(await answer)).toEqual([200])
    socket.destroy()
  })
})
