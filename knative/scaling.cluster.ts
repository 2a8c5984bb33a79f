import { setTimeout } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { outcomeOf } from './ask-service.ts'
import { ask, countOf, outcomeOfAsked } from './test-ask.ts'
import { inNamespace, manifests } from './test-cluster.ts'
import { templateOf } from './test-deployed-manifests.ts'
import { startLoad, timesOf } from './test-load.ts'
import { distinct, photograph } from './test-photograph.ts'
import { readyPodsOf, timelineOf, untilAtZero, watchReplicas } from './test-pods.ts'
import { startScraper } from './test-scraper.ts'

const annotations = templateOf(manifests, 'image').metadata.annotations
const windowSeconds = Number.parseInt(annotations['autoscaling.knative.dev/window'] ?? '', 10)
const maxPods = Number(annotations['autoscaling.knative.dev/max-scale'])

/** As a camera makes them, and every pixel looked at: what takes longer to process than to send. */
const WORK = { query: 'mode=exact' }
let picture: Buffer

beforeAll(async () => {
  picture = await photograph({ width: 6000, height: 4000 })
})

describe('from zero', () => {
  it('no picture of twenty at once is lost', async ({ annotate }) => {
    await untilAtZero('image', 'api')
    const startedMs = performance.now()
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(distinct(picture))))
    expect(countOf(answers.map(outcomeOf))).toEqual({ '200': 20 })
    const starts = answers.map(({ headers }) => String(headers['server-timing']))
    expect(starts.filter((timing) => timing.includes('api-start'))).not.toEqual([])
    expect(starts.filter((timing) => timing.includes('image-start'))).not.toEqual([])
    const firstMs = Math.min(...answers.map(({ ms }) => ms))
    await annotate(`first ${firstMs.toFixed(0)} ms, last ${sinceMs(startedMs)} ms`)
  })
})

describe('a result that is stored', () => {
  it('is answered while the image function is at zero, and leaves it there', async () => {
    const first = await ask(picture)
    expect(outcomeOf(first)).toBe('200')
    // The api is kept warm: one that starts has the image function start with it.
    using warm = startLoad(2, () => ask(picture))
    await untilAtZero('image')
    await using replicas = await watchReplicas('image')
    // A deployment hears of it a moment after its pods.
    await expect.poll(replicas.now).toMatchObject({ wanted: 0, ready: 0 })
    const hit = await ask(picture)
    expect(hit.headers['cache-status']).toBe('image-api; hit')
    // As long as the autoscaler looks back.
    await setTimeout(windowSeconds * 1000)
    await warm.stop()
    expect(Math.max(...replicas.history.map(({ wanted }) => wanted))).toBe(0)
  })
})

describe('three times as many pictures as one pod can take', () => {
  it('bring as many pods as there may be, and no problem but overloaded', {
    timeout: 300_000,
  }, async ({ annotate }) => {
    const perSecond = await capacityOfOnePod()
    await using image = await watchReplicas('image')
    await using api = await watchReplicas('api')
    expect(image.now()).toMatchObject({ wanted: 1, ready: 1 })
    using load = startLoad(perSecond * 3, () => ask(distinct(picture), WORK))
    await setTimeout(60_000)
    const sent = await load.stop()

    const done = sent.filter(({ outcome }) => outcome === '200')
    const refused = sent.filter(({ outcome }) => outcome === 'overloaded')
    const counts = countOf(sent.map(({ outcome }) => outcome))
    await annotate(`one pod: ${perSecond.toFixed(1)}/s; sent ${sent.length}: ${inspect(counts)}`)
    await annotate(`those that were processed: ${timesOf(done)}`)
    await annotate(`those that were refused: ${timesOf(refused)}`)
    await annotate(`pods of image, ready/wanted: ${timelineOf(image)}`)
    await annotate(`pods of api, ready/wanted: ${timelineOf(api)}`)
    expect(sent.length - done.length - refused.length, inspect(counts)).toBe(0)
    expect(refused.filter(({ retryAfter }) => !/^\d+$/.test(retryAfter ?? ''))).toEqual([])
    expect(Math.max(...image.history.map(({ ready }) => ready))).toBe(maxPods)
    expect(Math.max(...image.history.map(({ wanted }) => wanted))).toBe(maxPods)
  })
})

describe('after the last request', () => {
  it('there is no image function soon, though somebody reads its metrics', async ({ annotate }) => {
    expect(await outcomeOfAsked(ask(distinct(picture)))).toBe('200')
    const startedMs = performance.now()
    await using image = await watchReplicas('image')
    const [pod = ''] = await readyPodsOf('image')
    await using scraper = await startScraper(pod, await metricsPort())
    await expect.poll(() => image.now().wanted, { timeout: 120_000, interval: 100 }).toBe(0)
    const zeroSeconds = sinceMs(startedMs) / 1000
    await annotate(`zero after ${zeroSeconds} s; metrics read ${scraper.answered()} times`)
    expect(scraper.answered()).toBeGreaterThan(windowSeconds / 2)
    expect(zeroSeconds).toBeLessThan(windowSeconds + 35)
  })
})

/** Pictures in a second, one after the other, until one pod is left that did them. */
async function capacityOfOnePod(): Promise<number> {
  await using image = await watchReplicas('image')
  const lastMs: number[] = []
  const one = async () => {
    const { ms, ...answer } = await ask(distinct(picture), WORK)
    expect(answer.status).toBe(200)
    lastMs.push(ms)
  }
  while (lastMs.length < 30 || image.now().wanted !== 1 || image.now().ready !== 1) await one()
  const recent = lastMs.slice(-20)
  return (recent.length * 1000) / recent.reduce((sum, ms) => sum + ms, 0)
}

/** Where the proxy beside a function has its metrics: those that are exported, if they are. */
async function metricsPort(): Promise<number> {
  const protocol = await inNamespace(
    ...['-n', 'knative-serving', 'get', 'configmap', 'config-observability'],
    ...['-o', 'jsonpath={.data.request-metrics-protocol}'],
  )
  return protocol === 'prometheus' ? 9091 : 9090
}

function sinceMs(startedMs: number): number {
  return Math.round(performance.now() - startedMs)
}

function inspect(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ')
}
