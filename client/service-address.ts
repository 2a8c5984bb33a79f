import { type Flag, wrongValue } from './flags.ts'

const DEFAULT_URL = 'http://localhost:8080'

const urlFlag: Flag = {
  description: 'where the service is',
  allowed: 'an http:// or https:// address without name and password',
  byDefault: DEFAULT_URL,
}

const hostFlag: Flag = {
  description: 'the name to ask for, where the address is that of a gateway',
  allowed: 'a host name, with or without a port',
}

/** The flags that say where the service is. */
export const addressFlags = { url: urlFlag, host: hostFlag }

/**
 * Where the service is: an address without a slash at its end, and the `Host` that is asked for there. With
 * a key it is asked as who has that.
 */
export type ServiceAddress = { url: string; host?: string | undefined; apiKey?: string }

/** Where the service is, from the texts of the flags. Throws UsageError when that is nowhere. */
export function parseServiceAddress(
  given: { [Name in keyof typeof addressFlags]?: string | undefined },
): ServiceAddress {
  const { host } = given
  if (host !== undefined && !/^[a-z\d]([a-z\d.-]*[a-z\d])?(:\d{1,5})?$/i.test(host)) {
    throw wrongValue('host', host, hostFlag)
  }
  return { url: parseUrl(given.url), host }
}

/** The address without a slash or `/image` at its end. */
function parseUrl(text: string = DEFAULT_URL): string {
  const url = URL.parse(text)
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  // Credentials would be lost on the way; a query would end up in the middle of ours.
  const isPlain = url?.username === '' && url.password === '' && !/[?#]/.test(text)
  if (!isHttp || !isPlain) throw wrongValue('url', text, urlFlag)
  // The address of the route itself is what curl is given.
  return text.replace(/\/+$/, '').replace(/\/image$/, '')
}
