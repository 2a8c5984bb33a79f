/** Requests at a fixed rate, whatever becomes of them. */
import { percentile } from '../client/percentile.ts'
import { type Answer, outcomeOf } from './ask-service.ts'

export type Sent = { atMs: number; ms: number; outcome: string; retryAfter: string | undefined }

/** Ends with the block that holds it, at the latest. */
export type Load = Disposable & {
  /** Sends no more; resolves to all that were sent when each has come to something. */
  stop: () => Promise<Sent[]>
}

/** Sends one request after the other, an open loop: none waits for the one before. */
export function startLoad(perSecond: number, send: (index: number) => Promise<Answer>): Load {
  const startedMs = performance.now()
  const sent: Promise<Sent>[] = []
  const timer = setInterval(() => {
    // As many as are due: a late timer makes up for it.
    const due = Math.floor(((performance.now() - startedMs) / 1000) * perSecond) + 1
    while (sent.length < due) sent.push(follow(send(sent.length), performance.now() - startedMs))
  }, 5)
  return {
    async stop() {
      clearInterval(timer)
      return await Promise.all(sent)
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

async function follow(asked: Promise<Answer>, atMs: number): Promise<Sent> {
  const askedMs = performance.now()
  try {
    const answer = await asked
    const retryAfter = answer.headers['retry-after']
    return { atMs, ms: answer.ms, outcome: outcomeOf(answer), retryAfter: retryAfter?.toString() }
  } catch (error) {
    const outcome = `no answer: ${error instanceof Error ? error.message : error}`
    return { atMs, ms: performance.now() - askedMs, outcome, retryAfter: undefined }
  }
}

/** Their times as one line. */
export function timesOf(sent: Sent[]): string {
  const sorted = sent.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (percent: number) => `${Math.round(percentile(sorted, percent) ?? 0)} ms`
  return `median ${at(50)}, 95 % ${at(95)}, longest ${at(100)}`
}
