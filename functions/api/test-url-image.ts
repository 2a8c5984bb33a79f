/** Pictures that an api of the tests downloads: it, their origin, and how it is asked for them. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Logger } from '../runtime/logger.ts'
import { type Api, PICTURE, startApi } from './test-api.ts'
import { type Origin, startOrigin } from './test-origin.ts'
import { grayPng } from './test-picture.ts'

const PRIVATE = { SOURCE_ALLOW_PRIVATE: 'true' }
export const OTHER = grayPng(401, 300)

/** An api that may download from loopback, with a clock of the test. */
export async function startOnLoopback(
  env: Record<string, string> = {},
  log?: Logger,
  answer?: (response: ServerResponse) => void,
) {
  let nowMs = Date.parse('2026-11-25T12:00:00Z')
  const api = await startApi({
    env: { ...PRIVATE, ...env },
    ...(log && { log }),
    ...(answer && { answer }),
    downloads: {
      resolveName: async () => ['127.0.0.1'],
      nowMs: () => nowMs,
    },
  })
  const pass = (seconds: number) => {
    nowMs += seconds * 1000
  }
  return Object.assign(api, { pass })
}

export const answering =
  (headers: Record<string, string> = {}, picture: Uint8Array = PICTURE): RequestListener =>
  (request, response) => {
    const { etag = '' } = headers
    const isKnown = etag !== '' && request.headers['if-none-match'] === etag
    response.writeHead(isKnown ? 304 : 200, headers).end(isKnown ? '' : picture)
  }

/** An origin whose answer can be changed, and which remembers what it was asked. */
export async function startPictures(first: RequestListener = answering()) {
  let listener = first
  const requests: IncomingMessage[] = []
  const origin = await startOrigin((request, response) => {
    requests.push(request)
    listener(request, response)
  })
  const answer = (next: RequestListener) => {
    listener = next
  }
  return Object.assign(origin, { requests, answer })
}

export function get(api: Api, origin: Pick<Origin, 'url'>, query = '', init: RequestInit = {}) {
  return api.ask(
    `/image?url=${encodeURIComponent(`${origin.url}/a.png?token=secret`)}${query}`,
    init,
  )
}

export function post(api: Api, url: unknown, query = '', headers: Record<string, string> = {}) {
  return api.ask(`/image${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ url }),
  })
}
