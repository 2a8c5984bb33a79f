/**
 * The hosts of a list with commas between, as URLs spell them, or `undefined` when one of them is none.
 * A `*.` before a host stands for all names below it.
 */
export function parseSourceHosts(text: string): string[] | undefined {
  const hosts = text.split(',').map((entry) => parseHost(entry.trim()))
  return hosts.every((host) => host !== undefined) ? hosts : undefined
}

/** Whether a host of a URL is in the list; `*.example.org` is not example.org itself. */
export function isListedHost(host: string, listed: readonly string[]): boolean {
  const name = withoutTrailingDot(host)
  return listed.some((entry) =>
    entry.startsWith('*.') ? name.endsWith(entry.slice(1)) : name === entry,
  )
}

/** `example.org.` is example.org, with nothing appended to it when it is looked up. */
export function withoutTrailingDot(host: string): string {
  return host.replace(/\.+$/, '')
}

function parseHost(entry: string): string | undefined {
  const isWild = entry.startsWith('*.')
  const name = isWild ? entry.slice(2) : entry
  // Ports, paths and user information would be dropped in silence.
  if (name === '' || /[/?#@\\*\s]/.test(name) || /:\d*$/.test(name.replace(/^\[.*\]$/, ''))) {
    return undefined
  }
  const host = URL.parse(`http://${name}/`)?.hostname
  return host && (isWild ? '*.' : '') + withoutTrailingDot(host)
}
