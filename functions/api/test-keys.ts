/** Keys for the tests, and what of them the service has. */
import { hash } from 'node:crypto'

export const [KEY, NEW_KEY] = ['7c9e6a54b1d8403f', '0f1e2d3c4b5a6978'] as const

export function hashOf(key: string): string {
  return hash('sha256', key, 'hex')
}

export function bearer(key: string): { headers: Record<string, string> } {
  return { headers: { Authorization: `Bearer ${key}` } }
}
