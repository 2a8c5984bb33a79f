/**
 * CPU per request over HTTP, 4 in flight, photographs of at most 1.5 MB: the pipeline in process, the
 * image function alone, and both functions, in turn. User and system time of our own processes, read
 * from outside; the ratios are taken round by round.
 */
import { once } from 'node:events'
import { postAll } from './bench-load.ts'
import { benchPictures } from './bench-pictures.ts'
import { type BenchService, startService } from './bench-service.ts'

const ROUNDS = 9
const REQUESTS = 100
const IN_FLIGHT = 4
const MAX_BYTES = 1_500_000
const QUERY =
  'scale=1024x768&grayscale=true&fit=fill&filter=lanczos&orient=apply&alpha=drop&icc=ignore' +
  '&format=jpeg&quality=80&mode=fast'

const folder = process.argv[2]
const bodies = (await benchPictures(folder))
  .map(({ bytes }) => bytes)
  .filter((bytes) => bytes.length <= MAX_BYTES)

const inProcess = await startService('image/in-process.bench.ts', {}, [
  QUERY,
  String(MAX_BYTES),
  ...(folder ? [folder] : []),
])
const image = await startService('image/main.ts')
const api = await startService('api/main.ts', {
  IMAGE_FUNCTION_URL: `http://127.0.0.1:${image.port}`,
  QUALITY: '80',
})

const viaImage = () =>
  postAll(`http://127.0.0.1:${image.port}/process?${QUERY}`, bodies, REQUESTS, IN_FLIGHT)
const viaApi = () =>
  postAll(`http://127.0.0.1:${api.port}/image?scale=1024x768`, bodies, REQUESTS, IN_FLIGHT)
async function direct(): Promise<void> {
  inProcess.child.send(REQUESTS)
  await once(inProcess.child, 'message')
}

async function cpuPerRequest(services: BenchService[], work: () => Promise<void>): Promise<number> {
  const total = async () => {
    const parts = await Promise.all(services.map((service) => service.cpuMs()))
    return parts.reduce((sum, part) => sum + part, 0)
  }
  const before = await total()
  await work()
  return ((await total()) - before) / REQUESTS
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

await direct()
await viaApi()
const rounds: { direct: number; image: number; both: number }[] = []
for (let i = 0; i < ROUNDS; i++) {
  rounds.push({
    direct: await cpuPerRequest([inProcess], direct),
    image: await cpuPerRequest([image], viaImage),
    both: await cpuPerRequest([api, image], viaApi),
  })
}

const meanMb = bodies.reduce((sum, { length }) => sum + length, 0) / bodies.length / 1e6
console.log(
  `CPU per request, ${IN_FLIGHT} in flight, ${bodies.length} pictures of ${meanMb.toFixed(2)} MB on average`,
)
console.log(`pipeline in process  ${median(rounds.map((r) => r.direct)).toFixed(1)} ms`)
console.log(
  `image function       ${median(rounds.map((r) => r.image)).toFixed(1)} ms, ` +
    `${median(rounds.map((r) => r.image / r.direct)).toFixed(3)}x of the pipeline (goal 1.05)`,
)
console.log(
  `both functions       ${median(rounds.map((r) => r.both)).toFixed(1)} ms, ` +
    `${median(rounds.map((r) => r.both / r.image)).toFixed(3)}x of the image function (goal 1.12)`,
)

for (const service of [api, image]) await service.stop()
inProcess.child.kill()
