import { overloaded } from '../contract/problem.ts'
import type { DownloadSource } from './download-source.ts'

/** A second is what most downloads take; whoever still finds none free is told so again. */
const RETRY_AFTER_SECONDS = 1

/**
 * The same download, so often at once and half as often from one host; beyond that it is `overloaded` before
 * the name is looked up. A request costs a line, a download a connection and some 125 kB for as long as a
 * server likes to hang: without a limit a caller fills the memory, or floods a server with connections that
 * are not his own. And a host that hangs leaves the other half to all others. It is the host that is named: what that
 * redirects to is not counted for its own.
 */
export function limitDownloads(download: DownloadSource, maxDownloads: number): DownloadSource {
  const maxFromHost = Math.ceil(maxDownloads / 2)
  const fromHosts = new Map<string, number>()
  let downloads = 0

  function count(host: string, by: 1 | -1): void {
    downloads += by
    const fromHost = (fromHosts.get(host) ?? 0) + by
    if (fromHost > 0) fromHosts.set(host, fromHost)
    else fromHosts.delete(host)
  }

  return async (url, ...others) => {
    const { hostname } = url
    if (downloads >= maxDownloads) throw tooMany('The service')
    if ((fromHosts.get(hostname) ?? 0) >= maxFromHost) throw tooMany('From this host the service')
    count(hostname, 1)
    try {
      return await download(url, ...others)
    } finally {
      count(hostname, -1)
    }
  }
}

function tooMany(who: string) {
  const detail = `${who} downloads as many sources at once as it may; try again in a moment.`
  return overloaded(detail, RETRY_AFTER_SECONDS)
}
