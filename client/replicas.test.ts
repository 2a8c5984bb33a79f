import { describe, expect, it, onTestFinished } from 'vitest'
import { monotonicClock } from './clock.ts'
import { type KubeEvent, NONE } from './kube-state.ts'
import { type ReplicaChange, type Replicas, watchReplicas } from './replicas.ts'
import { deploymentOf, makeFakeKubectl, podOf } from './test-kube.ts'

const place = { namespace: 'images', services: { api: 'api', image: 'image' } }
const AT_ZERO = [deploymentOf('api', 0), deploymentOf('image', 0)]

function modified(object: KubeEvent['object']): KubeEvent {
  return { type: 'MODIFIED', object }
}

async function watch(fake: Parameters<typeof makeFakeKubectl>[0]): Promise<Replicas> {
  const replicas = await watchReplicas(place, monotonicClock, await makeFakeKubectl(fake))
  onTestFinished(() => replicas.stop())
  return replicas
}

describe('watchReplicas()', () => {
  it('knows from the start what there is', async () => {
    const replicas = await watch({ items: [...AT_ZERO, podOf('image', 'a', 'ready')] })
    expect(replicas.counts('api')).toEqual(NONE)
    expect(replicas.counts('image').ready).toBe(1)
  })

  it('tells each change once, with what it left', async () => {
    const pods = (['scheduled', 'started', 'started', 'ready'] as const).map((stage) =>
      modified(podOf('api', 'a', stage)),
    )
    const replicas = await watch({ items: AT_ZERO, events: { pods } })
    const changes: ReplicaChange[] = []
    await new Promise<void>((resolve) => {
      replicas.onChange((change) => {
        changes.push(change)
        if (change.counts.ready > 0) resolve()
      })
    })
    expect(changes.map(({ name, counts }) => [name, counts])).toEqual([
      ['api', { ...NONE, scheduled: 1 }],
      ['api', { ...NONE, scheduled: 1, started: 1 }],
      ['api', { ...NONE, scheduled: 1, started: 1, ready: 1 }],
    ])
  })

  it('says when kubectl ends by itself', async () => {
    const replicas = await watch({ items: AT_ZERO, exitCode: 3 })
    expect(await replicas.lost).toBe(
      'kubectl ended (exit code 3); from here on replicas are not seen.',
    )
  })

  it('cannot without kubectl', async () => {
    await expect(watchReplicas(place, monotonicClock, '/gone/kubectl')).rejects.toThrow(
      'There is no kubectl on the path.',
    )
  })

  it('cannot without access, and says what kubectl says', async () => {
    const failure = 'noise\nThe connection to the server localhost:8080 was refused'
    await expect(watch({ items: [], failure })).rejects.toThrow(
      'kubectl cannot look: The connection to the server localhost:8080 was refused',
    )
  })

  it('cannot without the Knative Services', async () => {
    await expect(watch({ items: [deploymentOf('api', 0)] })).rejects.toThrow(
      'There is no Knative Service image in namespace images; --namespace, --context and --image',
    )
  })
})
