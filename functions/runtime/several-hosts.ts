import type { IncomingMessage } from 'node:http'

/**
 * Whether a request has more than one Host, which RFC 9112, section 3.2, has refused: a proxy in front may
 * have taken the other one. Node hands on the first alone, so they are counted as they arrived.
 */
export function hasSeveralHosts({ rawHeaders }: IncomingMessage): boolean {
  const isHost = (text: string, at: number) => at % 2 === 0 && /^host$/i.test(text)
  return rawHeaders.filter(isHost).length > 1
}
