/** An image function that is made of nothing but its answer. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What it does with a request whose body it has read. */
export type Answer = (response: ServerResponse, request: IncomingMessage, body: Buffer) => void

type Received = { url: string; headers: IncomingMessage['headers']; body: Buffer }

/** It remembers what it was sent, and ends with the block that holds it with `await using`. */
export async function startImageFunction(answer: Answer) {
  const received: Received[] = []
  let calls = 0
  const server = createServer(async (request, response) => {
    calls++
    const body = Buffer.concat(await request.toArray())
    received.push({ url: request.url ?? '', headers: request.headers, body })
    answer(response, request, body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const end = async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    /** Also those whose bodies are still being read. */
    calls: () => calls,
    end,
    async [Symbol.asyncDispose]() {
      if (server.listening) await end()
    },
  }
}
