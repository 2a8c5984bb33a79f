/**
 * CPU per request over HTTP, 4 in flight, photographs of at most 2 MB: in process the
 * pipeline that sharp's documentation leads to and ours, then the image function alone and both
 * functions, in turn. User and system time of our own processes, read
 * from outside; the ratios are taken round by round.
 */
import { once } from 'node:events'
import { againstGoal, median } from './bench-figures.ts'
import { postAll } from './bench-load.ts'
import { type BenchService, startService } from './bench-service.ts'
import { benchPictures } from './image/bench-pictures.ts'
import type { InProcessWork } from './image/in-process.bench.ts'

const ROUNDS = 9
const REQUESTS = 100
const IN_FLIGHT = 4
const MAX_BYTES = 2_000_000
const QUERY =
  'scale=1024x768&grayscale=true&fit=fill&crop=none&filter=lanczos&orient=apply&alpha=drop' +
  '&icc=ignore&format=jpeg&quality=80&mode=fast&pillow=13&dtype=uint8&layout=hwc&mean=0&std=1'

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
  // What is measured is the work, which a store would save.
  STORE: 'none',
})

const viaImage = () =>
  postAll(`http://127.0.0.1:${image.port}/process?${QUERY}`, bodies, REQUESTS, IN_FLIGHT)
const viaApi = () =>
  postAll(`http://127.0.0.1:${api.port}/image?scale=1024x768`, bodies, REQUESTS, IN_FLIGHT)
async function direct(pipeline: InProcessWork['pipeline']): Promise<void> {
  inProcess.child.send({ pipeline, count: REQUESTS } satisfies InProcessWork)
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

await direct('suggested')
await direct('ours')
await viaApi()
type Round = Record<'suggested' | 'ours' | 'image' | 'both', number>
const rounds: Round[] = []
for (let i = 0; i < ROUNDS; i++) {
  rounds.push({
    suggested: await cpuPerRequest([inProcess], () => direct('suggested')),
    ours: await cpuPerRequest([inProcess], () => direct('ours')),
    image: await cpuPerRequest([image], viaImage),
    both: await cpuPerRequest([api, image], viaApi),
  })
}

const meanMb = bodies.reduce((sum, { length }) => sum + length, 0) / bodies.length / 1e6
console.log(
  `CPU per request, ${IN_FLIGHT} in flight, ${bodies.length} pictures of ${meanMb.toFixed(2)} MB on average`,
)
const ms = (part: keyof Round) =>
  `${median(rounds.map((r) => r[part]))
    .toFixed(1)
    .padStart(6)} ms`
const ratio = (a: keyof Round, b: keyof Round) => median(rounds.map((r) => r[a] / r[b]))
console.log(`sharp's documentation ${ms('suggested')}`)
console.log(
  `our pipeline          ${ms('ours')}  ${ratio('ours', 'suggested').toFixed(2)}x of that`,
)
console.log(
  `image function        ${ms('image')}  of our pipeline ${againstGoal(ratio('image', 'ours'), 1.05)}`,
)
console.log(
  `both functions        ${ms('both')}  of the image function ${againstGoal(ratio('both', 'image'), 1.12)}`,
)
console.log(
  `                                 ${ratio('both', 'suggested').toFixed(2)}x of sharp's documentation in process`,
)

for (const service of [api, image]) await service.stop()
inProcess.child.kill()
