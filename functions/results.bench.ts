/**
 * Results that are stored: hits by key and by POST against bare servers that answer as many bytes, and
 * equal requests that arrive together. In turn; the ratios are taken round by round. The bench itself
 * sends and reads, on the same cores.
 */
import { once } from 'node:events'
import { Agent, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { imageAnswer } from './api/test-image-answer.ts'
import { grayPng } from './api/test-picture.ts'
import { againstGoal, againstLowest, median } from './bench-figures.ts'
import { type Answer, getAll, postAll, send } from './bench-load.ts'
import { type BenchService, startService } from './bench-service.ts'
import { benchPictures } from './image/bench-pictures.ts'

const ROUNDS = 9
const IN_FLIGHT = 4
const ANSWER_BYTES = 300_000
const GETS = 1500
const POSTS = [
  { bytes: 200_000, count: 500 },
  { bytes: 2_000_000, count: 80 },
]
const KINDS = 10

/** Equal requests at a time, and about as many bytes as they are answered. */
const TOGETHER = 30
const RESULT_BYTES = 60_000

await hits()
await together(process.argv[2])

async function hits(): Promise<void> {
  const answer = imageAnswer(Buffer.alloc(ANSWER_BYTES, 1))
  const imageFunction = createServer((request, response) => {
    request.resume().once('end', () => {
      response.writeHead(200, { ...answer.headers, 'Content-Length': answer.bytes.length })
      response.end(answer.bytes)
    })
  })
  imageFunction.listen(0, '127.0.0.1').unref()
  await once(imageFunction, 'listening')
  const { port } = imageFunction.address() as AddressInfo

  await using api = await startQuiet('api/main.ts', {
    IMAGE_FUNCTION_URL: `http://127.0.0.1:${port}`,
  })
  await using constant = await startQuiet('bare.bench.ts', {}, ['constant', String(ANSWER_BYTES)])
  await using lookup = await startQuiet('bare.bench.ts', {}, ['lookup', String(ANSWER_BYTES)])

  const image = urlOf(api, '/image')
  const agent = new Agent()
  const { headers } = await send(image, agent, pictures(1000)[0])
  const result = urlOf(api, headers['content-location'])
  await compare(
    'GET /results/{key}        of a bare Hono route',
    0.5,
    GETS,
    { service: api, work: () => getAll(result, GETS, IN_FLIGHT) },
    { service: constant, work: () => getAll(urlOf(constant, '/'), GETS, IN_FLIGHT) },
  )
  for (const { bytes, count } of POSTS) {
    const bodies = pictures(bytes)
    const bare = urlOf(lookup, '/')
    await compare(
      `POST /image of ${String(bytes / 1000).padStart(4)} kB    of a bare node:http server`,
      0.9,
      count,
      { service: api, work: () => postAll(image, bodies, count, IN_FLIGHT) },
      { service: lookup, work: () => postAll(bare, bodies, count, IN_FLIGHT) },
    )
  }
}

/** Small pictures with bytes behind their end, each with its own. */
function pictures(bytes: number): Buffer[] {
  return Array.from({ length: KINDS }, (_, i) => {
    const png = grayPng(400, 300)
    return Buffer.concat([png, Buffer.alloc(bytes - png.length, i + 1)])
  })
}

type Side = { service: BenchService; work: () => Promise<void> }
type Cost = { wallMs: number; cpuMs: number }

async function compare(
  what: string,
  goal: number,
  count: number,
  ours: Side,
  bare: Side,
): Promise<void> {
  await ours.work()
  await bare.work()
  const rounds: { ours: Cost; bare: Cost }[] = []
  for (let i = 0; i < ROUNDS; i++) rounds.push({ ours: await cost(ours), bare: await cost(bare) })
  const of = (take: (round: (typeof rounds)[number]) => number) => median(rounds.map(take))
  const ratio = of(({ ours, bare }) => bare.wallMs / ours.wallMs)
  const perSecond = (side: keyof (typeof rounds)[number]) =>
    ((count * 1000) / of((round) => round[side].wallMs)).toFixed(0)
  const cpu = (side: keyof (typeof rounds)[number]) =>
    (of((round) => round[side].cpuMs) / count).toFixed(2)
  console.log(
    `${what} ${againstLowest(ratio, goal)}; ${perSecond('ours')} and ${perSecond('bare')} a second, ` +
      `CPU ${cpu('ours')} and ${cpu('bare')} ms`,
  )
}

async function cost({ service, work }: Side): Promise<Cost> {
  const cpuMs = await service.cpuMs()
  const wallMs = await timed(work)
  return { wallMs, cpuMs: (await service.cpuMs()) - cpuMs }
}

async function together(folder: string | undefined): Promise<void> {
  const photographs = await benchPictures(folder)
  const jpeg = photographs.find(({ megapixels }) => megapixels > 11)?.bytes ?? Buffer.alloc(0)
  await using image = await startQuiet('image/main.ts')
  await using api = await startQuiet('api/main.ts', { IMAGE_FUNCTION_URL: urlOf(image) })
  await using lookup = await startQuiet('bare.bench.ts', {}, ['lookup', String(RESULT_BYTES)])

  const agent = new Agent({ keepAlive: true, maxSockets: TOGETHER })
  let fresh = 0
  const freshSource = () => Buffer.concat([jpeg, Buffer.from(`${fresh++}`)])
  let answers: Answer[] = []
  const post = (count: number, source: Buffer, url = urlOf(api, '/image')) =>
    timed(async () => {
      answers = await Promise.all(Array.from({ length: count }, () => send(url, agent, source)))
    })
  const atBare = () => post(TOGETHER, jpeg, urlOf(lookup, '/'))
  for (let i = 0; i < 3; i++) {
    await post(TOGETHER, freshSource())
    await atBare()
  }

  const rounds: Record<'one' | 'together' | 'stored' | 'bare', number>[] = []
  const processed: number[] = []
  for (let i = 0; i < ROUNDS; i++) {
    const one = await post(1, freshSource())
    const source = freshSource()
    const together = await post(TOGETHER, source)
    processed.push(answers.filter(({ headers }) => isProcessed(headers)).length)
    const stored = await post(TOGETHER, source)
    rounds.push({ one, together, stored, bare: await atBare() })
  }
  agent.destroy()

  const ms = (part: keyof (typeof rounds)[number]) =>
    `${median(rounds.map((round) => round[part])).toFixed(0)} ms`
  const ratio = median(rounds.map((round) => round.together / round.one))
  console.log(
    `${TOGETHER} equal POSTs of ${(jpeg.length / 1e6).toFixed(1)} MB at once: times processed ` +
      `${againstGoal(Math.max(...processed), 1, 0)}; ${ms('together')}, of one such POST ` +
      `(${ms('one')}) ${againstGoal(ratio, 1.2)}`,
  )
  console.log(
    `  the uploads alone: ${ms('stored')} once it is stored, ${ms('bare')} to the bare node:http server`,
  )
}

/** Only the answer of the request that had the work done says how long that took. */
function isProcessed(headers: Answer['headers']): boolean {
  return String(headers['server-timing']).includes('process;dur')
}

function startQuiet(script: string, environment: Record<string, string> = {}, args?: string[]) {
  return startService(script, { LOG_LEVEL: 'silent', ...environment }, args)
}

function urlOf({ port }: BenchService, path = ''): string {
  return `http://127.0.0.1:${port}${path}`
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return performance.now() - startedMs
}
