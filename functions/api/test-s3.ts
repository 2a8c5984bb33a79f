/** An S3 server made of nothing but its answers, for faults that a real one does not make to order. */
import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

export type FakeS3 = AsyncDisposable & {
  endpoint: string
  /** What was asked, as `PUT /bucket/name`, in order. */
  asked: string[]
  requests: IncomingMessage[]
}

/** Serves on a free port; the answer to each request begins when its body has been read. */
export async function startFakeS3(answer: RequestListener): Promise<FakeS3> {
  const asked: string[] = []
  const requests: IncomingMessage[] = []
  const server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url?.split('?')[0]}`)
    requests.push(incoming)
    incoming.resume().once('end', () => answer(incoming, outgoing))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    requests,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** Answers with a code of S3. */
export function answerError(outgoing: ServerResponse, status: number, code: string): void {
  const xml = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>said by a test</Message></Error>`
  outgoing.writeHead(status, { 'Content-Type': 'application/xml' }).end(xml)
}
