/**
 * The result stores alone: a hit from MinIO against GetObject of the same object, and the one in memory
 * with few and with many results. In turn; the ratios are taken round by round.
 */
import { once } from 'node:events'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { againstGoal, againstLowest, median } from '../bench-figures.ts'
import { startService } from '../bench-service.ts'
import { findMinio, HOW_TO_GET_MINIO } from '../minio-program.ts'
import { openBucket } from './bucket.ts'
import { createGuardedStore } from './guarded-store.ts'
import { createLayeredStore } from './layered-store.ts'
import { resultName } from './result-object.ts'
import type { ResultStore } from './result-store.ts'
import { createMemoryResultStore } from './result-store-memory.ts'
import { createS3ResultStore } from './result-store-s3.ts'
import { startMinio } from './test-minio.ts'
import { newResult, resultOf, sha256Of } from './test-result.ts'

const ROUNDS = 15
const GETS = 20
const SIZES = [50_000, 300_000, 2_000_000]
const BUCKET = 'results'
const REGION = 'us-east-1'

const FEW = 10
const MANY = 10_000
const MEMORY_GETS = 20_000
/** A hit by key takes hundreds, and differs by more than this from one time to the next. */
const NOISE_US = 1

const MEMORY_BYTES = 64_000_000
const RESULT_BYTES = 20_000
const TIMES_BEYOND = 4

// MinIO is ended when this process exits, which a signal alone does not bring about.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

if (findMinio()) await fromMinio()
else console.log(`A hit from MinIO is left out; to measure it: ${HOW_TO_GET_MINIO}`)
await fewAndMany()
await memory()

async function fromMinio(): Promise<void> {
  await using minio = await startMinio()
  const { endpoint, credentials } = minio
  const log = { info: console.log, error: console.log }
  const bucket = openBucket({
    endpoint,
    credentials,
    bucket: BUCKET,
    region: REGION,
    timeoutMs: 10_000,
    createBucket: true,
    log,
  })
  // What STORE=s3 makes with STORE_MEMORY_BYTES=0.
  const store = createLayeredStore(
    createMemoryResultStore(0),
    createGuardedStore(createS3ResultStore(bucket), log),
  )
  const client = new S3Client({
    endpoint,
    credentials,
    region: REGION,
    forcePathStyle: true,
    // With it, the SDK would take a SHA-256, too.
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  for (const bytes of SIZES) {
    const { key, result } = newResult(Buffer.alloc(bytes, 'the bytes of a result'))
    await store.put(key, result)
    await compareGets(store, client, key, bytes)
  }
  client.destroy()
  bucket.close()
}

async function compareGets(
  store: ResultStore,
  client: S3Client,
  key: string,
  bytes: number,
): Promise<void> {
  const ours = async () => (await store.get(key))?.bytes.length
  const plain = async () => {
    const object = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: resultName(key) }))
    return (await object.Body?.transformToByteArray())?.length
  }
  const round = async () => {
    const ms: Record<'ours' | 'plain', number[]> = { ours: [], plain: [] }
    for (let i = 0; i < GETS; i++) {
      ms.ours.push(await timed(ours, bytes))
      ms.plain.push(await timed(plain, bytes))
    }
    return { ours: median(ms.ours), plain: median(ms.plain) }
  }
  await round()
  const rounds: Awaited<ReturnType<typeof round>>[] = []
  for (let i = 0; i < ROUNDS; i++) rounds.push(await round())
  const ratio = median(rounds.map(({ ours, plain }) => ours / plain))
  const ms = (part: 'ours' | 'plain') => median(rounds.map((round) => round[part])).toFixed(1)
  console.log(
    `A hit from MinIO, ${String(bytes / 1000).padStart(4)} kB: ${ms('ours')} ms, of GetObject ` +
      `(${ms('plain')} ms) ${againstGoal(ratio, 1.5)}`,
  )
}

async function timed(get: () => Promise<number | undefined>, bytes: number): Promise<number> {
  const startedMs = performance.now()
  const length = await get()
  if (length !== bytes) throw new Error(`${length} bytes were answered, not ${bytes}`)
  return performance.now() - startedMs
}

async function fewAndMany(): Promise<void> {
  const [few, otherFew, many] = [await filled(FEW), await filled(FEW), await filled(MANY)]
  const rounds: Record<'few' | 'otherFew' | 'many', number>[] = []
  for (let i = 0; i < ROUNDS; i++) {
    rounds.push({
      few: await microseconds(few),
      many: await microseconds(many),
      otherFew: await microseconds(otherFew),
    })
  }
  const us = (part: keyof (typeof rounds)[number]) => median(rounds.map((round) => round[part]))
  console.log(
    `A get of the memory store: ${us('few').toFixed(2)} µs with ${FEW} results, ` +
      `${us('otherFew').toFixed(2)} with another ${FEW}, ${us('many').toFixed(2)} with ${MANY}; ` +
      `longer by µs ${againstGoal(us('many') - us('few'), NOISE_US)}`,
  )
}

type Filled = { store: ResultStore; keys: string[] }

async function filled(count: number): Promise<Filled> {
  const store = createMemoryResultStore(Number.MAX_SAFE_INTEGER)
  const keys = Array.from({ length: count }, (_, i) => sha256Of(`${i}`))
  for (const key of keys) await store.put(key, resultOf('a result', key))
  return { store, keys }
}

/** For one get, of all results in an order that is not the one they are in. */
async function microseconds({ store, keys }: Filled): Promise<number> {
  const startedMs = performance.now()
  for (let i = 0; i < MEMORY_GETS; i++) await store.get(keys[(i * 7919) % keys.length] as string)
  return ((performance.now() - startedMs) * 1000) / MEMORY_GETS
}

async function memory(): Promise<void> {
  await using filler = await startService('api/filled-store.bench.ts', {}, [String(MEMORY_BYTES)])
  const before = await filler.memoryMb()
  const growthMb = async (times: number) => {
    const done = once(filler.child, 'message')
    filler.child.send((MEMORY_BYTES * times) / RESULT_BYTES)
    await done
    return (await filler.memoryMb()).now - before.now
  }
  const configuredMb = MEMORY_BYTES / 1e6
  const fullMb = await growthMb(0.95)
  const beyondMb = await growthMb(TIMES_BEYOND)
  const share = beyondMb / configuredMb
  console.log(
    `A memory store of ${configuredMb} MB: resident growth ${fullMb.toFixed(0)} MB when it is full, ` +
      `${beyondMb.toFixed(0)} when as much was put ${TIMES_BEYOND} more times; of the configured ` +
      `${againstGoal(share, 1.2)}, ${againstLowest(share, 0.8)}`,
  )
}
