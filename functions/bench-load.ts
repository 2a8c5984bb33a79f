import { Agent, type IncomingHttpHeaders, request } from 'node:http'

/** What was answered, whose bytes are only counted. */
export type Answer = { headers: IncomingHttpHeaders; length: number }

/**
 * Posts the bodies in turn, a fixed number in flight on kept connections, until `count` were
 * answered 200; anything else ends the run with what was answered.
 */
export function postAll(
  url: string,
  bodies: readonly Buffer[],
  count: number,
  inFlight: number,
): Promise<void> {
  return sendAll(count, inFlight, (agent, i) => send(url, agent, bodies[i % bodies.length]))
}

/** Gets one URL again and again, as `postAll` posts. */
export function getAll(url: string, count: number, inFlight: number): Promise<void> {
  return sendAll(count, inFlight, (agent) => send(url, agent))
}

async function sendAll(
  count: number,
  inFlight: number,
  one: (agent: Agent, index: number) => Promise<Answer>,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  let next = 0
  const work = async () => {
    while (next < count) await one(agent, next++)
  }
  await Promise.all(Array.from({ length: inFlight }, work))
  agent.destroy()
}

/** Posts a body, or gets where there is none. Rejects when it is not answered 200. */
export function send(url: string, agent: Agent, body?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = body
      ? { method: 'POST', headers: { 'Content-Type': 'image/jpeg', 'Content-Length': body.length } }
      : {}
    const outgoing = request(url, { agent, ...options }, (response) => {
      const parts: Buffer[] = []
      let length = 0
      response.on('data', (part: Buffer) => {
        length += part.length
        if (response.statusCode !== 200) parts.push(part)
      })
      response.once('end', () => {
        if (response.statusCode === 200) resolve({ headers: response.headers, length })
        else reject(new Error(`${response.statusCode}: ${Buffer.concat(parts)}`))
      })
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}
