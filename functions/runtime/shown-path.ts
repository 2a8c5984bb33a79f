/** The longest there are, of a result, have 73. */
const MAX_CHARACTERS = 100

/** What of a request's path is told and logged: fifteen kilobytes of it must not come back. */
export function shownPath(path: string): string {
  return path.length <= MAX_CHARACTERS ? path : `${path.slice(0, MAX_CHARACTERS)}…`
}
