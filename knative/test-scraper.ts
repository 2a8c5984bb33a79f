/** Somebody who reads the metrics of a pod every second, as Prometheus does. */
import { askApiServer } from './test-cluster.ts'

export type Scraper = AsyncDisposable & {
  /** How often it got them. */
  answered: () => number
}

/** Starts one, which ends with the block that holds it. */
export async function startScraper(pod: string, port: number): Promise<Scraper> {
  let answered = 0
  async function read(): Promise<void> {
    const answer = await askApiServer('api/v1', `pods/${pod}:${port}/proxy/metrics`)
    await answer.arrayBuffer()
    if (answer.ok) answered++
  }
  await read()
  const timer = setInterval(() => void read(), 1000)
  return {
    answered: () => answered,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
    },
  }
}
