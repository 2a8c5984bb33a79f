/**
 * Pipelines without HTTP, which http.bench.ts compares the functions with: ours, and the one that
 * sharp's documentation leads to. A message says which one and how many images, as many in flight as
 * there are requests in the comparison; the answer is sent when they are done.
 */
import './libvips-settings.ts'
import { availableParallelism } from 'node:os'
import { resolvedOptionsFromQuery } from '../contract/options-query.ts'
import { benchPictures } from './bench-pictures.ts'
import { suggested } from './bench-suggested.ts'
import { createDeadline } from './deadline.ts'
import { processImage } from './process.ts'
import { createSlots } from './slots.ts'
import { readSourceHeader } from './source-header.ts'

export type InProcessWork = { pipeline: 'ours' | 'suggested'; count: number }

const IN_FLIGHT = 4
const [query = '', maxBytes, folder] = process.argv.slice(2)
const options = resolvedOptionsFromQuery(query)
const sources = (await benchPictures(folder))
  .map(({ bytes }) => bytes)
  .filter(({ length }) => length <= Number(maxBytes))
const slots = createSlots(availableParallelism(), Number.POSITIVE_INFINITY)
const { signal } = new AbortController()

async function processOne(bytes: Buffer): Promise<void> {
  const header = await readSourceHeader(bytes)
  const release = await slots.acquire(header.width * header.height, signal)
  await processImage({ bytes, header }, options, createDeadline(30_000)).finally(release)
}

process.on('message', async ({ pipeline, count }: InProcessWork) => {
  let next = 0
  const one = pipeline === 'ours' ? processOne : suggested
  const work = async () => {
    while (next < count) await one(sources[next++ % sources.length] as Buffer)
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, work))
  process.send?.('done')
})
process.send?.({ listeningOn: 0 })
