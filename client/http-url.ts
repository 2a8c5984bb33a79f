/** The http or https URL that a text spells, or `undefined` for anything else. */
export function parseHttpUrl(text: string): URL | undefined {
  const url = URL.parse(text)
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined
}
