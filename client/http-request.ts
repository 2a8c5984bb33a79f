import http, { type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import https from 'node:https'
import { pipeline, Readable } from 'node:stream'

/** What is asked: a body is parts of known length, or a blob whose length is known before it is read. */
export type HttpRequest = {
  method: 'GET' | 'HEAD' | 'POST'
  headers?: OutgoingHttpHeaders
  /** The name to ask for, in the place of that in the address. */
  host?: string | undefined
  /** The key that is shown, as `Authorization: Bearer`. */
  apiKey?: string | undefined
  body?: Blob | readonly Uint8Array[]
  signal?: AbortSignal
}

/** What was answered, to its last byte. */
export type HttpAnswer = { status: number; headers: Headers; bytes: Uint8Array }

/**
 * Asks once, without following redirects, on connections that are kept. Not by fetch, which sends the
 * name in the address as `Host` whatever it is told. Rejects with what the system or the blob says, or
 * with an AbortError.
 */
export function httpRequest(
  target: string,
  { method, headers, host, apiKey, body, signal }: HttpRequest,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { request } = target.startsWith('https:') ? https : http
    const outgoing = request(target, {
      method,
      headers: {
        ...headers,
        ...lengthOf(body),
        ...(host && { Host: host }),
        ...(apiKey && { Authorization: `Bearer ${apiKey}` }),
      },
      ...(signal && { signal }),
    })
    outgoing.on('error', reject)
    outgoing.once('response', (response) => {
      // A service that refuses a body may close while it is still sent: the answer counts.
      outgoing.off('error', reject).on('error', () => {})
      toAnswer(response)
        .finally(() => outgoing.writableFinished || outgoing.destroy())
        .then(resolve, reject)
    })
    if (body instanceof Blob) {
      const source = Readable.fromWeb(body.stream())
      // What became of the request by it says less.
      source.once('error', (error) => error.name === 'NotReadableError' && reject(error))
      pipeline(source, outgoing, () => {})
    } else {
      for (const part of body ?? []) outgoing.write(part)
      outgoing.end()
    }
  })
}

function lengthOf(body: HttpRequest['body']): OutgoingHttpHeaders {
  if (!body) return {}
  if (body instanceof Blob) return { 'Content-Length': body.size }
  return { 'Content-Length': body.reduce((sum, { length }) => sum + length, 0) }
}

async function toAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const headers = new Headers()
  for (const [name, values] of Object.entries(response.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value)
  }
  const bytes = Buffer.concat(await response.toArray())
  return { status: response.statusCode ?? 0, headers, bytes }
}
