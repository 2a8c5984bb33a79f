/**
 * The image function with mode=exact over HTTP, as `npm start` runs it: how long its event loop is kept
 * from other work with 4 images in flight, and its memory after 300 mixed images with 2 in flight.
 */
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { againstGoal } from './bench-figures.ts'
import { postAll } from './bench-load.ts'
import { type BenchService, startService } from './bench-service.ts'
import { benchPictures } from './image/bench-pictures.ts'
import type { LoopDelay } from './image/loop-delay.bench.ts'

const MAX_MEGAPIXELS = 16
const IDLE_MS = 10_000
const QUERY =
  'scale=1024x768&grayscale=true&fit=fill&crop=none&filter=lanczos&orient=apply&alpha=drop' +
  '&icc=ignore&format=png&quality=90&mode=exact&pillow=13&dtype=uint8&layout=hwc&mean=0&std=1'
const WHOLE = QUERY.replace('grayscale=true', 'grayscale=false')
  .replace('png', 'raw')
  .replace('1024x768', 'none')
const IN_COLOUR = QUERY.replace('grayscale=true', 'grayscale=false').replace('png', 'npy')

const pictures = (await benchPictures(process.argv[2])).filter(
  ({ megapixels }) => megapixels <= MAX_MEGAPIXELS,
)
const all = pictures.map(({ bytes }) => bytes)
const large = pictures.filter(({ megapixels }) => megapixels > 10).map(({ bytes }) => bytes)

/** The image function on its own, until the work with it is done. */
async function withService(work: (url: string, service: BenchService) => Promise<void>) {
  const service = await startService('image/loop-delay.bench.ts')
  await work(`http://127.0.0.1:${service.port}/process?`, service)
  await service.stop()
}

async function loopDelay({ child }: BenchService): Promise<LoopDelay> {
  const answer = once(child, 'message')
  child.send('delay')
  const [delay] = await answer
  return delay
}

await withService(async (url, service) => {
  for (const query of [QUERY, IN_COLOUR]) await postAll(url + query, all, 150, 2)
  const { now, peak } = await service.memoryMb()
  await wait(IDLE_MS)
  const idle = await service.memoryMb()
  console.log(
    `Resident memory after 300 images of ${all.length} kinds, 2 in flight, half of them in colour: MB ` +
      `${againstGoal(now, 400, 0)}, at most ${peak.toFixed(0)}, ${IDLE_MS / 1000} s later ` +
      `${againstGoal(idle.now, 300, 0)}`,
  )
})

await withService(async (url, service) => {
  await postAll(url + QUERY, all, all.length, 2)
  for (const [what, query, inFlight] of [
    ['4 in flight', QUERY, 4],
    ['1 in flight', QUERY, 1],
    ['1 in flight, all of it in colour as raw', WHOLE, 1],
  ] as const) {
    await loopDelay(service)
    await postAll(url + query, large, 40, inFlight)
    const { p99Ms, maxMs } = await loopDelay(service)
    console.log(
      `Event loop delay, ${large.length} kinds of 12 megapixels, ${what}: p99 ms ` +
        `${againstGoal(p99Ms, 10, 1)}, longest ${maxMs.toFixed(1)}`,
    )
  }
})
