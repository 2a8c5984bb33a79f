/** The pods of the functions, as they come and go. */
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { expect } from 'vitest'
import { type Pod, type PodList, servingPods } from './serving-pods.ts'
import { askApiServer, read, type Service } from './test-cluster.ts'

/** The pods that serve a function and are not on their way out. */
export async function podsOf(service: Service): Promise<Pod[]> {
  const selector = `labelSelector=serving.knative.dev/service=${service}`
  return servingPods(await read<PodList>('api/v1', `pods?${selector}`))
}

/** The names of those that are ready. */
export async function readyPodsOf(service: Service): Promise<string[]> {
  const pods = await podsOf(service)
  const ready = pods.filter(({ status }) =>
    status.conditions?.some(
      (condition) => condition.type === 'Ready' && condition.status === 'True',
    ),
  )
  return ready.map(({ metadata }) => metadata.name)
}

/** Waits until no pod serves these functions; rejects after two minutes. */
export async function untilAtZero(...services: Service[]): Promise<void> {
  for (const service of services) {
    await expect
      .poll(() => podsOf(service), {
        timeout: 120_000,
        interval: 500,
        message: `${service} at zero`,
      })
      .toEqual([])
  }
}

export type Replicas = { wanted: number; ready: number }
export type ReplicasWatch = AsyncDisposable & {
  now: () => Replicas
  /** Every change, with the time since the watch began. */
  history: (Replicas & { atMs: number })[]
}

/** Watches how many pods of a function there should be and are, all its revisions together. */
export async function watchReplicas(service: Service): Promise<ReplicasWatch> {
  const path = `deployments?labelSelector=serving.knative.dev/service=${service}`
  const list = await read<DeploymentList>('apis/apps/v1', path)
  const byName = new Map<string, Replicas>(
    list.items.map((deployment) => [deployment.metadata.name, replicasOf(deployment)]),
  )
  const startedMs = performance.now()
  const history: ReplicasWatch['history'] = []
  function note(): void {
    const all = [...byName.values()]
    const wanted = all.reduce((sum, each) => sum + each.wanted, 0)
    const ready = all.reduce((sum, each) => sum + each.ready, 0)
    const last = history.at(-1)
    if (last?.wanted === wanted && last.ready === ready) return
    history.push({ atMs: performance.now() - startedMs, wanted, ready })
  }
  note()

  const stopped = new AbortController()
  const from = `watch=true&resourceVersion=${list.metadata.resourceVersion}`
  const events = await askApiServer('apis/apps/v1', `${path}&${from}`, { signal: stopped.signal })
  if (!events.body) throw new Error('Nothing to watch')
  const lines = createInterface(Readable.fromWeb(events.body as ReadableStream))
  lines.on('line', (line) => {
    const { type, object } = JSON.parse(line) as { type: string; object: Deployment }
    if (type === 'DELETED') byName.delete(object.metadata.name)
    else byName.set(object.metadata.name, replicasOf(object))
    note()
  })
  lines.on('error', () => {})
  return {
    now: () => history.at(-1) ?? { wanted: 0, ready: 0 },
    history,
    async [Symbol.asyncDispose]() {
      stopped.abort()
    },
  }
}

type DeploymentList = { metadata: { resourceVersion: string }; items: Deployment[] }
type Deployment = {
  metadata: { name: string }
  spec: { replicas?: number }
  status: { readyReplicas?: number }
}

function replicasOf({ spec, status }: Deployment): Replicas {
  return { wanted: spec.replicas ?? 0, ready: status.readyReplicas ?? 0 }
}

/** A history as one line: seconds, and how many were wanted and ready then. */
export function timelineOf({ history }: ReplicasWatch): string {
  return history
    .map(({ atMs, wanted, ready }) => `${(atMs / 1000).toFixed(1)} s ${ready}/${wanted}`)
    .join(', ')
}
