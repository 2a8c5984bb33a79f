/** The longest there are, of a result, have 73. */
export const MAX_SHOWN_PATH_CHARACTERS = 100

/** What of a request's path is told and logged: fifteen kilobytes of it must not come back. */
export function shownPath(path: string): string {
  const isShort = path.length <= MAX_SHOWN_PATH_CHARACTERS
  return isShort ? path : `${path.slice(0, MAX_SHOWN_PATH_CHARACTERS)}…`
}
