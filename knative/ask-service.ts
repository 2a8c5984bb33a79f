/** Asking what is deployed, as anybody does who reaches the gateway. */
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { PROBLEM_MEDIA_TYPE, problemFromJson } from '../functions/contract/problem.ts'

/** Where: at the gateway, as this machine reaches it, with a path, and by which name of a service there. */
export type Target = { url: URL; host: string }

export type Answer = {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
  ms: number
}

export type Upload = {
  requestId?: string | undefined
  /** For how long the body is on its way, in pieces. */
  uploadMs?: number | undefined
}

/** Posts a picture on a connection of its own; rejects when nothing is answered. */
export function askService(
  { url, host }: Target,
  picture: Buffer,
  { requestId, uploadMs = 0 }: Upload = {},
): Promise<Answer> {
  const headers = {
    Host: host,
    'Content-Length': picture.byteLength,
    ...(requestId && { 'X-Request-Id': requestId }),
  }
  const startedMs = performance.now()
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', headers, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.once('error', reject)
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts),
          ms: performance.now() - startedMs,
        }),
      )
    })
    outgoing.once('error', reject)
    if (uploadMs === 0) outgoing.end(picture)
    else Readable.from(slowly(picture, uploadMs)).pipe(outgoing)
  })
}

const PIECES = 20

async function* slowly(bytes: Buffer, totalMs: number): AsyncGenerator<Buffer> {
  const length = Math.ceil(bytes.length / PIECES)
  for (let at = 0; at < bytes.length; at += length) {
    yield bytes.subarray(at, at + length)
    await setTimeout(totalMs / PIECES)
  }
}

/** What an answer comes down to: `200`, the code of a problem, or a status and text of somebody else. */
export function outcomeOf({ status, headers, body }: Answer): string {
  if (status === 200) return '200'
  const isProblem = headers['content-type'] === PROBLEM_MEDIA_TYPE
  const problem = isProblem ? problemFromJson(body.toString()) : undefined
  return problem?.code ?? `${status} ${body.toString('utf8', 0, 100)}`
}
