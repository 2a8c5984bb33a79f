import { getSystemErrorMessage } from 'node:util'

/** What the system says about a failed call, such as `permission denied`; throws any other error. */
export function systemErrorText(error: unknown): string {
  if (isSystemError(error)) return getSystemErrorMessage(error.errno)
  throw error
}

function isSystemError(error: unknown): error is Error & { errno: number } {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number'
}
