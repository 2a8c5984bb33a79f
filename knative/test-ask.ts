/** Asking the api that is deployed for the tests. */
import { inject } from 'vitest'
import { type Answer, askService, outcomeOf, type Upload } from './ask-service.ts'

export type Asked = Upload & {
  /** Options; the path is /image. */
  query?: string
  /** In the place of that of the api. */
  host?: string
}

const { gateway, host } = inject('deployed')

/** The public name of the api. */
export const publicHost = host

/** Posts a picture to the public gateway, on a connection of its own; rejects when none is answered. */
export function ask(picture: Buffer, asked: Asked = {}): Promise<Answer> {
  const { query = '', host = publicHost, ...upload } = asked
  const url = new URL(`/image${query && `?${query}`}`, gateway)
  return askService({ url, host }, picture, upload)
}

/** The outcome of one that is still to come, `no answer` among them. */
export function outcomeOfAsked(asked: Promise<Answer>): Promise<string> {
  return asked.then(outcomeOf, (error: Error) => `no answer: ${error.message}`)
}

/** How often there was each. */
export function countOf(outcomes: string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}
