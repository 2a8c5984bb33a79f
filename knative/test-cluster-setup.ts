/**
 * Deploys the service for the tests on a cluster, in a namespace of its own, and deletes it afterwards;
 * vitest runs it once, before and after all of them.
 */
import { randomBytes } from 'node:crypto'
import type { TestProject } from 'vitest/node'
import {
  applyManifests,
  type Images,
  type Manifest,
  renderManifests,
} from './test-deployed-manifests.ts'
import { currentContext, kubectl, type RunningKubectl, startKubectl } from './test-kubectl.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Given by vitest.config.ts. */
    clusterSettings: ClusterSettings
    /** Given by this setup. */
    deployed: Deployed
  }
}

/** What may be said about the cluster; what is left out is looked for. */
export type ClusterSettings = {
  /** A context by whose name one cannot see that it was made to try things on. */
  context: string | undefined
  /** The public gateway, as this machine reaches it. */
  gateway: string | undefined
  apiImage: string | undefined
  imageImage: string | undefined
  minioImage: string | undefined
}

/** What the tests are given of what is deployed. */
export type Deployed = {
  context: string
  namespace: string
  /** The API server, as `kubectl proxy` gives access to it. */
  apiServer: string
  gateway: string
  /** The public name of the api. */
  host: string
  manifests: Manifest[]
}

const NAMESPACE = 'image-preprocessing-test'
/** Clusters that somebody made to try things on, by their usual names. */
const MADE_TO_TRY = ['minikube', 'knative', 'lab']

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const settings = project.getProvidedContext().clusterSettings
  const context = await chooseContext(settings.context)
  const images = await findImages(context, settings)
  const manifests = await renderManifests(context, NAMESPACE, images)

  const running: RunningKubectl[] = []
  async function tearDown(): Promise<void> {
    await Promise.all(running.map(({ stop }) => stop()))
    await deleteNamespace(context)
  }
  try {
    const apiServer = await startKubectl(context, ['proxy', '--port', '0'])
    running.push(apiServer)
    let gateway = settings.gateway
    if (!gateway) {
      const forwarded = ['port-forward', '-n', 'kourier-system', 'service/kourier', ':80']
      const forward = await startKubectl(context, forwarded)
      running.push(forward)
      gateway = `http://127.0.0.1:${forward.port}`
    }
    // Of a run that was killed.
    await deleteNamespace(context)
    await createSecrets(context, manifests[0])
    await applyManifests(context, manifests)
    await waitUntilReady(context)
    const url = await inNamespace(context, 'get', 'ksvc', 'api', '-o', 'jsonpath={.status.url}')
    project.provide('deployed', {
      context,
      namespace: NAMESPACE,
      apiServer: `http://127.0.0.1:${apiServer.port}`,
      gateway,
      host: new URL(url).host,
      manifests,
    })
  } catch (error) {
    await tearDown()
    throw error
  }
  return tearDown
}

async function chooseContext(named: string | undefined): Promise<string> {
  if (named) return named
  const context = await currentContext()
  if (MADE_TO_TRY.includes(context)) return context
  throw new Error(
    `The context is ${context}, which is not called ${MADE_TO_TRY.join(' or ')}: these tests create and ` +
      `delete a namespace there. CLUSTER_CONTEXT=${context} says it is meant.`,
  )
}

/** Those that are named, else those of the deployment that is there. */
async function findImages(context: string, settings: ClusterSettings): Promise<Images> {
  const of = async (kind: string, name: string) =>
    await kubectl(context, [
      ...['-n', 'image-preprocessing', 'get', kind, name, '--ignore-not-found'],
      ...['-o', 'jsonpath={.spec.template.spec.containers[0].image}'],
    ])
  const api = settings.apiImage ?? (await of('ksvc', 'api'))
  const image = settings.imageImage ?? (await of('ksvc', 'image'))
  const minio = settings.minioImage ?? (await of('deployment', 'minio'))
  if (api && image && minio) return { api, image, minio }
  throw new Error(
    'The service is not deployed on this cluster, so nothing says which images to test: run knative/up ' +
      'before, or name CLUSTER_API_IMAGE, CLUSTER_IMAGE_IMAGE and CLUSTER_MINIO_IMAGE.',
  )
}

/** As knative/up makes them; the token is only there to be looked for where it must not be. */
async function createSecrets(context: string, namespace: unknown): Promise<void> {
  await kubectl(context, ['apply', '-f', '-'], JSON.stringify(namespace))
  const secret = (name: string, stringData: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: NAMESPACE },
    stringData,
  })
  for (const one of [
    secret('minio', { user: 'images', password: randomBytes(20).toString('hex') }),
    secret('api-admin', { token: randomBytes(20).toString('hex') }),
  ]) {
    await kubectl(context, ['create', '-f', '-'], JSON.stringify(one))
  }
}

async function waitUntilReady(context: string): Promise<void> {
  const wait = (condition: string, ...what: string[]) =>
    inNamespace(context, 'wait', `--for=condition=${condition}`, '--timeout=300s', ...what)
  await wait('Ready', 'ksvc', 'api', 'image')
  await wait('Available', 'deployment', 'minio')
  await wait('Complete', 'job', 'minio-bucket')
}

function inNamespace(context: string, ...args: string[]): Promise<string> {
  return kubectl(context, ['-n', NAMESPACE, ...args])
}

async function deleteNamespace(context: string): Promise<void> {
  // Requests in flight are finished before their pods go.
  await kubectl(context, ['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=300s'])
}
