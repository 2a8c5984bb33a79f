/**
 * How long the first request from zero takes on a cluster that has the service deployed, beside a bare
 * static server with the same scaling settings:
 *
 *   kubectl --context NAME -n kourier-system port-forward svc/kourier 8080:80
 *   kubectl --context NAME -n kourier-system port-forward svc/kourier-internal 8081:80
 *   node knative/cold-start.bench.ts --context NAME --baseline dev.local/hello:1
 *     --local-gateway http://127.0.0.1:8081 [--gateway http://127.0.0.1:8080] [--picture FILE] [--turns 5]
 *
 * The baseline is an image in the cluster of a static server that answers any request at once. It is deployed
 * in the cluster of that context beside the functions, and deleted afterwards. The gateways are the public one
 * and that of the cluster's own services, as this machine reaches them; the public one answers 404 for those.
 *
 * In turns, each from zero: the baseline, the image function alone, both functions for one picture. Then
 * 20 pictures at once from zero, of which none may fail. The median of the ratios within a turn counts.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { againstGoal, median } from '../functions/bench-figures.ts'
import { type Answer, askService, outcomeOf } from './ask-service.ts'
import type { PodList } from './serving-pods.ts'
import { kubectl } from './test-kubectl.ts'
import { distinct } from './test-photograph.ts'

const NAMESPACE = 'image-preprocessing'
const ZERO_TIMEOUT_MS = 180_000
const SAMPLE = join(import.meta.dirname, '..', 'functions', 'image', 'fixtures', 'sample.jpg')

const { values } = parseArgs({
  options: {
    context: { type: 'string' },
    baseline: { type: 'string' },
    gateway: { type: 'string', default: 'http://127.0.0.1:8080' },
    'local-gateway': { type: 'string' },
    picture: { type: 'string', default: SAMPLE },
    turns: { type: 'string', default: '5' },
  },
})
const context = required('context', 'the context of kubectl to deploy the baseline in')
const baseline = required('baseline', 'an image of a static server in the cluster')
const localGateway = required('local-gateway', "the gateway of the cluster's own services")
const { gateway, turns: turnCount } = values

/** A canonical, complete set of options, as the api sends it. */
const IMAGE_PATH =
  '/process?scale=1024x768&grayscale=true&fit=fill&crop=none&filter=lanczos&orient=apply&alpha=drop' +
  '&icc=ignore&format=jpeg&quality=90&mode=fast&pillow=13&dtype=uint8&layout=hwc&mean=0&std=1'

const picture = readFileSync(values.picture)
const localHost = (name: string) => `${name}.${NAMESPACE}.svc.cluster.local`
const apiUrl = await inNamespace('get', 'ksvc', 'api', '-o', 'jsonpath={.status.url}')
const publicHost = new URL(apiUrl).host

await deployBaseline()
try {
  await measure()
} finally {
  await inNamespace('delete', 'ksvc', 'baseline', '--wait=false')
}

async function measure(): Promise<void> {
  const turns = []
  for (let turn = 1; turn <= Number(turnCount); turn++) {
    const bare = await fromZero(() => ask(localGateway, localHost('baseline'), '/'))
    const image = await fromZero(() => ask(localGateway, localHost('image'), IMAGE_PATH))
    const both = await fromZero(() => ask(gateway, publicHost, '/image'))
    turns.push({ bare: bare.ms, image: image.ms, both: both.ms })
    const shown = [bare, image, both].map(({ ms }) => `${(ms / 1000).toFixed(2)} s`)
    console.log(`turn ${turn}: bare server, image function, both: ${shown.join(', ')}`)
    console.log(`  ${both.headers['server-timing']}`)
  }
  const image = median(turns.map((turn) => turn.image / turn.bare))
  const both = median(turns.map((turn) => turn.both / turn.bare))
  console.log(`bare server: median ${(median(turns.map(({ bare }) => bare)) / 1000).toFixed(2)} s`)
  console.log(`image function to bare server: ${againstGoal(image, 1.25)}`)
  console.log(`both functions to bare server: ${againstGoal(both, 1.6)}`)

  const answers = await fromZero(() =>
    Promise.all(Array.from({ length: 20 }, () => ask(gateway, publicHost, '/image'))),
  )
  const slowest = Math.max(...answers.map(({ ms }) => ms)) / 1000
  console.log(`20 pictures at once from zero: all 200, the last after ${slowest.toFixed(2)} s`)
}

/** Waits until none of the services has a pod, then asks: one on its way out might still answer. */
async function fromZero<Value>(work: () => Promise<Value>): Promise<Value> {
  const startedMs = performance.now()
  while ((await allPods()).items.length > 0) {
    if (performance.now() - startedMs > ZERO_TIMEOUT_MS) throw new Error('no scale to zero')
    await setTimeout(500)
  }
  // The last endpoint leaves the gateway a moment after its pod.
  await setTimeout(2000)
  return await work()
}

async function allPods(): Promise<PodList> {
  const selector = 'serving.knative.dev/service'
  return JSON.parse(await inNamespace('get', 'pods', '-l', selector, '-o', 'json'))
}

/** Posts the picture, in other bytes each time so that no result of it is stored; rejects what is not 200. */
async function ask(gateway: string, host: string, path: string): Promise<Answer> {
  const answer = await askService({ url: new URL(path, gateway), host }, distinct(picture))
  if (answer.status !== 200) throw new Error(`${host}${path} answered ${outcomeOf(answer)}`)
  return answer
}

/** The scaling of the image function, around a server that does nothing. */
async function deployBaseline(): Promise<void> {
  const { metadata, spec } = JSON.parse(await inNamespace('get', 'ksvc', 'image', '-o', 'json'))
  const [container] = spec.template.spec.containers
  const { env, readinessProbe, livenessProbe, ...same } = container
  spec.template.spec.containers = [{ ...same, name: 'baseline', image: baseline }]
  delete spec.template.metadata.name
  const service = {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name: 'baseline', namespace: NAMESPACE, labels: metadata.labels },
    spec: { template: spec.template },
  }
  await kubectl(context, ['apply', '-f', '-'], JSON.stringify(service))
  await inNamespace('wait', 'ksvc', 'baseline', '--for=condition=Ready', '--timeout=120s')
}

function inNamespace(...args: string[]): Promise<string> {
  return kubectl(context, ['-n', NAMESPACE, ...args])
}

/** An option that nothing can stand in for; without it the run ends. */
function required(name: 'context' | 'baseline' | 'local-gateway', what: string): string {
  const value = values[name]
  if (value) return value
  console.error(`Name ${what}: --${name}`)
  process.exit(2)
}
