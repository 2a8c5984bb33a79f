/** What is deployed: how it is changed, and what the cluster says of it. */
import { inject } from 'vitest'
import { applyManifests, type Manifest } from './test-deployed-manifests.ts'
import { kubectl } from './test-kubectl.ts'

export type Service = 'api' | 'image'

export const { namespace, manifests } = inject('deployed')
const { context, apiServer } = inject('deployed')

/** Runs kubectl in the namespace of the tests. */
export function inNamespace(...args: string[]): Promise<string> {
  return kubectl(context, ['-n', namespace, ...args])
}

/** Has the server check whether it would make this object; rejects with its reasons when not. */
export function createForTrial(object: unknown): Promise<string> {
  const args = ['-n', namespace, 'create', '--dry-run=server', '-f', '-']
  return kubectl(context, args, JSON.stringify(object))
}

type Group = 'api/v1' | 'apis/apps/v1' | 'apis/serving.knative.dev/v1'

/** Asks the API server for this path in the namespace of the tests. */
export function askApiServer(group: Group, path: string, init?: RequestInit): Promise<Response> {
  return fetch(`${apiServer}/${group}/namespaces/${namespace}/${path}`, init)
}

/** An object of Kubernetes or a list of them, which has what the caller says it has. */
export async function read<Value>(group: Group, path: string): Promise<Value> {
  const answer = await askApiServer(group, path)
  return (await answer.json()) as Value
}

/** Deploys the manifests, changed if told how; resolves to what kubectl says of each object. */
export async function deploy(
  change: (manifests: Manifest[]) => void = () => {},
): Promise<string[]> {
  const changed = structuredClone(manifests)
  change(changed)
  return await applyManifests(context, changed)
}

export type Condition = { type: string; status: string; message?: string }

/** What Knative says of a function. */
export async function conditionsOf(service: Service): Promise<Condition[]> {
  type Conditioned = { status?: { conditions?: Condition[] } }
  const path = `services/${service}`
  const { status } = await read<Conditioned>('apis/serving.knative.dev/v1', path)
  return status?.conditions ?? []
}

/** Waits until the revision that was deployed last takes the requests. */
export async function untilReady(...services: Service[]): Promise<void> {
  await inNamespace('wait', 'ksvc', ...services, '--for=condition=Ready', '--timeout=120s')
}
