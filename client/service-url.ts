import { type Flag, wrongValue } from './flags.ts'

const DEFAULT_URL = 'http://localhost:8080'

/** The flag that says where the service is. */
export const urlFlag: Flag = {
  description: 'where the service is',
  allowed: 'an http:// or https:// address without name and password',
  byDefault: DEFAULT_URL,
}

/** The address of the service, without a slash or `/image` at its end. Throws UsageError when it is none. */
export function parseServiceUrl(text: string = DEFAULT_URL): string {
  const url = URL.parse(text)
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  // fetch refuses credentials in an address; a query would end up in the middle of ours.
  const isPlain = url?.username === '' && url.password === '' && !/[?#]/.test(text)
  if (!isHttp || !isPlain) throw wrongValue('url', text, urlFlag)
  // The address of the route itself is what curl is given.
  return text.replace(/\/+$/, '').replace(/\/image$/, '')
}
