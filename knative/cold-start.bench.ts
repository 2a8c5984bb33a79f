/**
 * How long the first request from zero takes on a cluster that has the service deployed, beside a bare
 * static server with the same scaling settings:
 *
 *   node knative/cold-start.bench.ts --baseline dev.local/hello:1 [--gateway URL] [--local-gateway URL]
 *     [--picture FILE] [--turns 5]
 *
 * The baseline is an image in the cluster of a static server that answers any request at once; the
 * gateways are the public one and that of the cluster's own services, as this machine reaches them.
 *
 * In turns, each from zero: the baseline, the image function alone, both functions for one picture. Then
 * 20 pictures at once from zero, of which none may fail. The median of the ratios within a turn counts.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { againstGoal, median } from '../functions/bench-figures.ts'

const NAMESPACE = 'image-preprocessing'
const ZERO_TIMEOUT_MS = 180_000
const SAMPLE = join(import.meta.dirname, '..', 'functions', 'image', 'fixtures', 'sample.jpg')

const { values } = parseArgs({
  options: {
    baseline: { type: 'string' },
    gateway: { type: 'string', default: 'http://127.0.0.1:8080' },
    'local-gateway': { type: 'string' },
    picture: { type: 'string', default: SAMPLE },
    turns: { type: 'string', default: '5' },
  },
})
const { baseline, gateway, 'local-gateway': localGateway = gateway, turns: turnCount } = values
if (!baseline) {
  console.error('Name an image of a static server in the cluster: --baseline dev.local/hello:1')
  process.exit(2)
}
/** A canonical, complete set of options, as the api sends it. */
const IMAGE_PATH =
  '/process?scale=1024x768&grayscale=true&fit=fill&crop=none&filter=lanczos&orient=apply&alpha=drop' +
  '&icc=ignore&format=jpeg&quality=90&mode=fast&pillow=13&dtype=uint8&layout=hwc&mean=0&std=1'

const picture = readFileSync(values.picture)
const localHost = (name: string) => `${name}.${NAMESPACE}.svc.cluster.local`
const publicHost = kubectl('get', 'ksvc', 'api', '-o', 'jsonpath={.status.url}').replace(
  /.*:\/\//,
  '',
)

deployBaseline()
try {
  await measure()
} finally {
  kubectl('delete', 'ksvc', 'baseline', '--wait=false')
}

async function measure(): Promise<void> {
  const turns = []
  for (let turn = 1; turn <= Number(turnCount); turn++) {
    const bare = await fromZero(() => ask(localGateway, localHost('baseline'), '/', picture))
    const image = await fromZero(() => ask(localGateway, localHost('image'), IMAGE_PATH, picture))
    const both = await fromZero(() => ask(gateway, publicHost, '/image', distinct(turn)))
    turns.push({ bare: bare.ms, image: image.ms, both: both.ms })
    const shown = [bare, image, both].map(({ ms }) => `${(ms / 1000).toFixed(2)} s`)
    console.log(`turn ${turn}: bare server, image function, both: ${shown.join(', ')}`)
    console.log(`  ${both.timing}`)
  }
  const image = median(turns.map((turn) => turn.image / turn.bare))
  const both = median(turns.map((turn) => turn.both / turn.bare))
  console.log(`bare server: median ${(median(turns.map(({ bare }) => bare)) / 1000).toFixed(2)} s`)
  console.log(`image function to bare server: ${againstGoal(image, 1.25)}`)
  console.log(`both functions to bare server: ${againstGoal(both, 1.6)}`)

  const answers = await fromZero(() =>
    Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        ask(gateway, publicHost, '/image', distinct(-index)),
      ),
    ),
  )
  const slowest = Math.max(...answers.map(({ ms }) => ms)) / 1000
  console.log(`20 pictures at once from zero: all 200, the last after ${slowest.toFixed(2)} s`)
}

type Answer = { ms: number; timing: string }

/** Waits until none of the services has a pod, then asks. */
async function fromZero<Value>(work: () => Promise<Value>): Promise<Value> {
  const startedMs = performance.now()
  while (podsOf().some((pod) => pod !== 'Terminating')) {
    if (performance.now() - startedMs > ZERO_TIMEOUT_MS) throw new Error('no scale to zero')
    await setTimeout(500)
  }
  // The last endpoint leaves the gateway a moment after its pod.
  await setTimeout(2000)
  return await work()
}

function podsOf(): string[] {
  const pods = JSON.parse(kubectl('get', 'pods', '-l', 'serving.knative.dev/service', '-o', 'json'))
  return pods.items.map((pod: { metadata: { deletionTimestamp?: string } }) =>
    pod.metadata.deletionTimestamp ? 'Terminating' : 'there',
  )
}

/** The picture with other bytes after its end, so that no result of it is stored. */
function distinct(index: number): Buffer {
  return Buffer.concat([picture, Buffer.from(`${Date.now()} ${index}`)])
}

function ask(gateway: string, host: string, path: string, body: Buffer): Promise<Answer> {
  const startedMs = performance.now()
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers: { Host: host, 'Content-Length': body.byteLength } }
    const asked = request(new URL(path, gateway), options, (response) => {
      response.resume()
      response.once('end', () => {
        const timing = String(response.headers['server-timing'] ?? '')
        if (response.statusCode === 200) resolve({ ms: performance.now() - startedMs, timing })
        else reject(new Error(`${host}${path} answered ${response.statusCode}`))
      })
    })
    asked.once('error', reject)
    asked.end(body)
  })
}

/** The scaling of the image function, around a server that does nothing. */
function deployBaseline(): void {
  const { metadata, spec } = JSON.parse(kubectl('get', 'ksvc', 'image', '-o', 'json'))
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
  execFileSync('kubectl', ['apply', '-f', '-'], { input: JSON.stringify(service) })
  kubectl('wait', 'ksvc', 'baseline', '--for=condition=Ready', '--timeout=120s')
}

function kubectl(...args: string[]): string {
  return execFileSync('kubectl', ['-n', NAMESPACE, ...args], { encoding: 'utf8' })
}
