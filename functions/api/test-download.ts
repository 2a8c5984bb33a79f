/** What the tests of downloads share: whom they download from, and what comes back. */
import type { RequestListener } from 'node:http'
import { type Origin, startOrigin } from './test-origin.ts'

export const PRIVATE = { SOURCE_ALLOW_PRIVATE: 'true' }
export const PUBLIC = '93.184.216.34'

export const answerPicture: RequestListener = (_, response) => response.end('a picture')

/** A server that redirects all but `/picture`. */
export function startRedirecting(
  to: string | ((url: string) => string),
  status = 302,
): Promise<Origin> {
  return startOrigin((request, response) => {
    if (request.url === '/picture') return response.end('a picture')
    const Location = typeof to === 'string' ? to : to(request.url ?? '')
    return response.writeHead(status, { Location }).end('not a picture')
  })
}

export function textOf(chunks: Buffer[] = []): string {
  return Buffer.concat(chunks).toString()
}
