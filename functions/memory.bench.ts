/**
 * Resident memory of both functions after 500 images of 2 to 16 megapixels, 4 in flight, in the
 * environment of `npm start`.
 */
import { againstGoal } from './bench-figures.ts'
import { postAll } from './bench-load.ts'
import { startBoth } from './bench-service.ts'
import { benchPictures } from './image/bench-pictures.ts'

const REQUESTS = 500
const IN_FLIGHT = 4
const MAX_MEGAPIXELS = 16

const bodies = (await benchPictures(process.argv[2]))
  .filter(({ megapixels }) => megapixels <= MAX_MEGAPIXELS)
  .map(({ bytes }) => bytes)
await using both = await startBoth()
const { image, api } = both
await postAll(`http://127.0.0.1:${api.port}/image`, bodies, REQUESTS, IN_FLIGHT)

console.log(
  `Resident memory after ${REQUESTS} images of ${bodies.length} kinds, ${IN_FLIGHT} in flight`,
)
for (const [name, service, goalMb] of [
  ['image', image, 220],
  ['api', api, 140],
] as const) {
  const { now, peak } = await service.memoryMb()
  console.log(`${name.padEnd(5)} MB now ${againstGoal(now, goalMb, 0)}, peak ${peak.toFixed(0)}`)
}
