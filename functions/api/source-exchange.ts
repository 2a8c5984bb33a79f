import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { OWN_AGENT, OWN_VIA } from './source-loop.ts'
import { TOO_MANY_HEADERS, unreachable } from './source-unreachable.ts'

/**
 * Bytes of the headers of an answer, with those of the interim answers before it (103 and the like); stops
 * those without an end. Said to Node as well, as a flag of it could raise that of one of them.
 */
export const MAX_SOURCE_HEADER_BYTES = 16_384

/**
 * Milliseconds for one address of several to be connected to. After that Node lets go of it and tries the next,
 * by itself after a quarter of a second: a lost packet, which is sent again after a whole one, would be the
 * end where the other address, of IPv6 mostly, leads nowhere.
 */
const CONNECTING = { autoSelectFamilyAttemptTimeout: 2500 }

/** What goes with a request for a source: nothing of the client's, no cookies, no credentials. */
export type SourceExchange = {
  /** Where to connect to: nothing else is, whatever the host is called. */
  addresses: readonly string[]
  /** `If-None-Match` and the like. */
  conditions: Record<string, string>
  signal: AbortSignal
  /** Certificates to trust in the place of the system's. */
  ca?: string | undefined
}

/**
 * Asks for a URL at addresses that were judged and resolves with the head of the answer, whatever it says.
 * Each connection is for one request: which addresses a name may have is judged anew for the next. Rejects
 * with what the system says, with `source_unreachable` for headers without an end, and when the signal
 * aborts, which also ends the answer.
 */
export function exchangeSource(
  url: URL,
  { addresses, conditions, signal, ca }: SourceExchange,
): Promise<IncomingMessage> {
  const isHttps = url.protocol === 'https:'
  const request = isHttps ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      // Not the global one, which the environment can tell to use a proxy, nor its kept connections.
      agent: isHttps ? new HttpsAgent(CONNECTING) : new HttpAgent(CONNECTING),
      lookup: answerWith(addresses),
      headers: {
        // A server that sees what is preferred might choose for us; it is the picture as it is that counts.
        Accept: 'image/*, */*;q=0.5',
        'Accept-Encoding': 'identity',
        'User-Agent': OWN_AGENT,
        Via: OWN_VIA,
        ...conditions,
      },
      signal,
      maxHeaderSize: MAX_SOURCE_HEADER_BYTES,
      // Said, as an environment variable could turn it off.
      rejectUnauthorized: true,
      ...(ca && { ca }),
    })
    let isAnswered = false
    outgoing.once('response', (response) => {
      isAnswered = true
      resolve(response)
    })
    outgoing.once('socket', (socket) => {
      // Behind Node's own reading of the same bytes, which may have found the head among them.
      socket.on('data', () => {
        if (isAnswered || socket.bytesRead <= MAX_SOURCE_HEADER_BYTES) return
        outgoing.destroy(unreachable(TOO_MANY_HEADERS))
      })
    })
    // Stays: what goes wrong with the answer is an error of the request as well.
    outgoing.on('error', reject)
    // Without an answer when the server speaks another protocol from here on.
    outgoing.once('close', () => reject(new Error('closed without an answer')))
    outgoing.end()
  })
}

/** Not asked for a host that is an address itself, which then is the one that was judged. */
function answerWith(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_host, { all: isForAll }, callback) => {
    const [first] = all
    if (isForAll) callback(null, all)
    else if (first) callback(null, first.address, first.family)
  }
}
