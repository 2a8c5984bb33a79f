import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, countOf, outcomeOfAsked } from './test-ask.ts'
import { deploy, inNamespace, type Service, untilReady } from './test-cluster.ts'
import { type EnvVariable, setVariable, templateOf } from './test-deployed-manifests.ts'
import { startLoad, timesOf } from './test-load.ts'
import { distinct, photograph } from './test-photograph.ts'
import { podsOf, readyPodsOf } from './test-pods.ts'

/** Takes seconds: the largest result there is, in the format that takes longest to encode. */
const LONG_WORK = { query: 'scale=4000x4000&grayscale=false&format=webp&mode=exact' }
const UPLOAD_MS = 8000

let small: Buffer
let large: Buffer

beforeAll(async () => {
  small = await photograph({ width: 1600, height: 1200 })
  large = await photograph({ width: 8000, height: 6000 })
})

afterAll(async () => {
  await deploy()
  await untilReady('api', 'image')
})

describe('a pod that is deleted', () => {
  it('of the api, while pictures are uploaded to it: all are answered', async ({ annotate }) => {
    const [pod = ''] = await readyPodsThatAnswered('api')
    const uploads = Array.from({ length: 8 }, () =>
      outcomeOfAsked(ask(distinct(small), { uploadMs: UPLOAD_MS })),
    )
    using load = startLoad(4, () => ask(distinct(small)))
    // Each upload has begun.
    await setTimeout(UPLOAD_MS / 4)
    await inNamespace('delete', 'pod', pod, '--wait=false')
    expect(countOf(await Promise.all(uploads))).toEqual({ '200': uploads.length })
    const sent = await load.stop()
    expect(countOf(sent.map(({ outcome }) => outcome))).toEqual({ '200': sent.length })
    await annotate(`${uploads.length} uploads of ${UPLOAD_MS} ms; ${sent.length}: ${timesOf(sent)}`)
  })

  it('of the image function, with one at work and others waiting: all are answered', async ({
    annotate,
  }) => {
    const [pod = ''] = await readyPodsThatAnswered('image')
    const startedMs = performance.now()
    const long = Array.from({ length: 6 }, () => ask(distinct(large), LONG_WORK))
    const outcomes = long.map(outcomeOfAsked)
    // Each pod has one.
    await setTimeout(500)
    await inNamespace('delete', 'pod', pod, '--wait=false')
    const deletedMs = performance.now() - startedMs
    expect(countOf(await Promise.all(outcomes))).toEqual({ '200': long.length })
    const times = (await Promise.all(long)).map(({ ms }) => Math.round(ms))
    await annotate(`deleted after ${Math.round(deletedMs)} ms, answered after ${times} ms`)
    expect(Math.min(...times)).toBeGreaterThan(deletedMs)
  })

  it('of MinIO, under load: all are answered, and stored again soon', async ({ annotate }) => {
    const again = distinct(small)
    expect(await outcomeOfAsked(ask(again))).toBe('200')
    using load = startLoad(4, (index) => ask(index % 2 === 0 ? again : distinct(small)))
    await inNamespace('delete', 'pod', '-l', 'app.kubernetes.io/name=minio')
    await inNamespace(
      ...['wait', 'deployment', 'minio', '--for=condition=Available', '--timeout=120s'],
    )
    await expect.poll(() => isStored(), { timeout: 60_000, interval: 1000 }).toBe(true)
    const sent = await load.stop()
    expect(countOf(sent.map(({ outcome }) => outcome))).toEqual({ '200': sent.length })
    await annotate(`${sent.length} requests: ${timesOf(sent)}`)
  })
})

describe('a new revision', () => {
  it.each(['api', 'image'] as const)('of %s, under load: all are answered', async (service) => {
    using load = startLoad(4, () => ask(distinct(small)))
    await expect.poll(() => revisionsOf(service), { timeout: 30_000 }).not.toEqual([])
    const before = await revisionsOf(service)
    await deploy((manifests) => setVariable(templateOf(manifests, service), changed()))
    await untilReady(service)
    // The pods of the old one have gone, too.
    await expect
      .poll(() => revisionsOf(service), { timeout: 120_000, interval: 500 })
      .not.toEqual(expect.arrayContaining(before))
    const sent = await load.stop()
    expect(countOf(sent.map(({ outcome }) => outcome))).toEqual({ '200': sent.length })
  })
})

/** Any variable that the functions do not know. */
function changed(): EnvVariable {
  return { name: 'CHANGED', value: String(Date.now()) }
}

/** Those that have pods which are not on their way out. */
async function revisionsOf(service: Service): Promise<string[]> {
  const pods = await podsOf(service)
  const names = pods.map(({ metadata }) => metadata.labels['serving.knative.dev/revision'] ?? '')
  return [...new Set(names)]
}

/** At least one, as something is asked before. */
async function readyPodsThatAnswered(service: Service): Promise<string[]> {
  expect(await outcomeOfAsked(ask(distinct(small)))).toBe('200')
  // The answer comes before the cluster says that the pod is ready.
  await expect.poll(() => readyPodsOf(service), { timeout: 10_000 }).not.toEqual([])
  return await readyPodsOf(service)
}

async function isStored(): Promise<boolean> {
  const { headers } = await ask(distinct(small))
  return headers['cache-status'] === 'image-api; fwd=miss; stored'
}
