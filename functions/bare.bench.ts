/**
 * What results.bench.ts compares hits with, each the least code that does it: `constant`, a route of
 * Hono that answers the same bytes, and `lookup`, which hashes the body and looks it up in a Map.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'

const [kind, length] = process.argv.slice(2)
const answer = Buffer.alloc(Number(length), 1)

function constant(): RequestListener {
  const app = new Hono()
  app.get('/', (c) => c.body(answer, 200, { 'Content-Type': 'image/jpeg' }))
  return getRequestListener(app.fetch)
}

function lookup(): RequestListener {
  const results = new Map<string, Buffer>()
  return (request, response) => {
    const sha256 = createHash('sha256')
    request.on('data', (chunk) => sha256.update(chunk))
    request.once('end', () => {
      const key = sha256.digest('hex')
      const found = results.get(key) ?? answer
      results.set(key, found)
      response.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': found.length })
      response.end(found)
    })
  }
}

const server = createServer(kind === 'constant' ? constant() : lookup())
server.listen(0, '127.0.0.1')
await once(server, 'listening')
process.once('disconnect', () => process.exit(0))
process.send?.({ listeningOn: (server.address() as AddressInfo).port })
