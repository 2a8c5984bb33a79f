/**
 * A text as a single line. A file may be named, and a service may answer, anything, and control
 * characters would drive the terminal.
 */
export function oneLine(text: string): string {
  return `${text.replaceAll(/\p{Cc}/gu, '�')}\n`
}
