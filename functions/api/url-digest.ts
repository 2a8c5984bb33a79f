import { hash } from 'node:crypto'

/** A name of a URL that does not say what is in it. */
export function urlDigest({ href }: URL): string {
  return hash('sha256', href, 'hex')
}
