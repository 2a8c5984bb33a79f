import type { IncomingMessage } from 'node:http'

/** The query string of a request exactly as it was sent, without the question mark. */
export function queryOf({ url = '' }: IncomingMessage): string {
  const mark = url.indexOf('?')
  return mark < 0 ? '' : url.slice(mark + 1)
}
