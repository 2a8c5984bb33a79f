/** Asking the deployed service, as anybody outside the cluster does. */
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { inject } from 'vitest'
import { PROBLEM_MEDIA_TYPE, problemFromJson } from '../functions/contract/problem.ts'

export type Answer = {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
  ms: number
}

export type Asked = {
  /** Options; the path is /image. */
  query?: string
  requestId?: string
  /** In the place of that of the api. */
  host?: string
  /** For how long the body is on its way, in pieces. */
  uploadMs?: number
}

const { gateway, host } = inject('deployed')

/** The public name of the api. */
export const publicHost = host

/** Posts a picture to the public gateway, on a connection of its own; rejects when none is answered. */
export function ask(picture: Buffer, asked: Asked = {}): Promise<Answer> {
  const { query = '', requestId, host = publicHost, uploadMs = 0 } = asked
  const headers = {
    Host: host,
    'Content-Length': picture.byteLength,
    ...(requestId && { 'X-Request-Id': requestId }),
  }
  const startedMs = performance.now()
  return new Promise((resolve, reject) => {
    const path = new URL(`/image${query && `?${query}`}`, gateway)
    const outgoing = request(path, { method: 'POST', headers, agent: false }, (response) => {
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

/** The same of one that is still to come, `no answer` among them. */
export function outcomeOfAsked(asked: Promise<Answer>): Promise<string> {
  return asked.then(outcomeOf, (error: Error) => `no answer: ${error.message}`)
}

/** How often there was each. */
export function countOf(outcomes: string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}
