/** A wire to a server that a test can watch. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type Proxy = AsyncDisposable & { endpoint: string }

/** Passes bytes on in both directions; `onSent` hears how many clients have sent in all. */
export async function startProxy(target: string, onSent: (bytes: number) => void): Promise<Proxy> {
  const sockets = new Set<Socket>()
  const { hostname, port } = new URL(target)
  let sent = 0
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      const other = socket === client ? upstream : client
      socket.once('error', () => other.destroy())
      socket.once('close', () => other.destroy())
    }
    client.on('data', (part) => {
      sent += part.length
      onSent(sent)
    })
    client.pipe(upstream).pipe(client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
