import { Agent, request } from 'node:http'

/**
 * Posts the bodies in turn, a fixed number in flight on kept connections, until `count` were
 * answered 200; anything else ends the run with what was answered.
 */
export async function postAll(
  url: string,
  bodies: readonly Buffer[],
  count: number,
  inFlight: number,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  let next = 0
  const work = async () => {
    while (next < count) await post(url, bodies[next++ % bodies.length] as Buffer, agent)
  }
  await Promise.all(Array.from({ length: inFlight }, work))
  agent.destroy()
}

function post(url: string, body: Buffer, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'image/jpeg', 'Content-Length': body.length }
    const outgoing = request(url, { method: 'POST', agent, headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.once('end', () => {
        if (response.statusCode === 200) resolve()
        else reject(new Error(`${response.statusCode}: ${Buffer.concat(parts)}`))
      })
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}
