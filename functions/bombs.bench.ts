/**
 * How fast both functions refuse files that are made to be huge or slow, in a row and many at once, against
 * good small requests and as many bytes of no image at all, and what memory they take meanwhile, at its
 * highest. Exits 1 when a goal is missed, or a bomb is not refused.
 */
import { againstGoal, median } from './bench-figures.ts'
import { startBoth } from './bench-service.ts'
import { pixelBombs } from './image/test-bombs.ts'
import { fixture } from './image/test-picture.ts'
import { structureBombs } from './structure-bombs.ts'

const GOAL_MS = 50
const GOAL_MB = 10

/** Of each bomb in a row: as many as are 100 MB, and at least five. */
const MOST_ROUNDS = 100
const ROUNDS_BYTES = 100_000_000
const LEAST_ROUNDS = 5

const AT_ONCE = 8

/**
 * How often the bytes of a request are in memory: the api's, those on the way, the image function's two, and
 * as many of the one before, which nobody collected yet.
 */
const COPIES = 8

await using both = await startBoth()
const targets = {
  'both functions': `http://127.0.0.1:${both.api.port}/image`,
  'the image function alone':
    `http://127.0.0.1:${both.image.port}/process?scale=1024x768&grayscale=true&fit=fill&crop=none` +
    '&filter=lanczos&orient=apply&alpha=drop&icc=ignore&format=png&quality=90&mode=exact&pillow=13' +
    '&dtype=uint8&layout=hwc&mean=0&std=1',
}
const highestMb = { image: 0, api: 0 }
const bombs = Object.entries({
  ...Object.fromEntries(
    Object.entries(pixelBombs()).map(([format, bomb]) => [`${format} of giant pixels`, bomb]),
  ),
  ...structureBombs(),
})
for (const [name, url] of Object.entries(targets)) {
  const usualMs = median(await usual(url, fixture('gray.jpg'), '200', MOST_ROUNDS))
  console.log(`${name}: a good small request takes ${usualMs.toFixed(1)} ms`)
  for (const [kind, bomb] of bombs) await judge(url, kind, bomb, usualMs)
}

console.log(
  `at its highest: image ${highestMb.image.toFixed(0)} MB, api ${highestMb.api.toFixed(0)}`,
)

/** Tells what a bomb costs beyond a good small request, or its bytes without a picture in them. */
async function judge(url: string, kind: string, bomb: Buffer, usualMs: number): Promise<void> {
  const rounds = Math.min(MOST_ROUNDS, Math.max(LEAST_ROUNDS, ROUNDS_BYTES / bomb.length))
  const noImage = Buffer.alloc(bomb.length)
  const bytesMs = Math.max(...(await usual(url, noImage, 'unsupported_media_type', rounds)))
  // Also a warm-up of the memory that so many of these bytes take, whatever they are.
  await Promise.all(Array.from({ length: AT_ONCE }, () => time(url, noImage)))
  const copiesMb = (COPIES * bomb.length) / 1e6

  const inRow = await peakDuring(async () => {
    const answers = []
    for (let i = 0; i < rounds; i++) answers.push(await refused(url, bomb))
    return answers
  })
  const atOnce = await peakDuring(() =>
    Promise.all(Array.from({ length: AT_ONCE }, () => refused(url, bomb))),
  )
  const longestMs = Math.max(...inRow.answers.map(({ ms }) => ms))
  const moreMs = longestMs - Math.max(usualMs, bytesMs)
  console.log(
    `  ${kind.padEnd(34)} ${bomb.length.toString().padStart(8)} bytes: ${inRow.answers[0]?.code}, ` +
      `ms more at most ${againstGoal(moreMs, GOAL_MS, 0)}, ` +
      `MB more ${againstGoal(inRow.moreMb, GOAL_MB + copiesMb, 0)}, ` +
      `${AT_ONCE} at once ${againstGoal(atOnce.moreMb, GOAL_MB + AT_ONCE * copiesMb, 0)}`,
  )
}

async function usual(url: string, body: Buffer, code: string, rounds: number): Promise<number[]> {
  const answers = []
  for (let i = 0; i < 2 * rounds; i++) answers.push(await time(url, body))
  const odd = answers.find((answer) => answer.code !== code)
  if (odd) throw new Error(`answered ${odd.code} instead of ${code}`)
  return answers.slice(rounds).map(({ ms }) => ms)
}

async function refused(url: string, bomb: Buffer): Promise<{ ms: number; code: string }> {
  const answer = await time(url, bomb)
  if (!/^(undecodable_image|too_many_pixels|overloaded)$/.test(answer.code)) process.exitCode = 1
  return answer
}

/** Milliseconds until the answer, which is 200 or a problem. */
async function time(url: string, body: Buffer): Promise<{ ms: number; code: string }> {
  const startMs = performance.now()
  const answer = await fetch(url, { method: 'POST', body: new Uint8Array(body) })
  const text = Buffer.from(await answer.arrayBuffer())
  const ms = performance.now() - startMs
  return { ms, code: answer.status === 200 ? '200' : JSON.parse(text.toString()).code }
}

/** By how much both were above what they began with, at their highest while these answers were awaited. */
async function peakDuring<Answers>(
  send: () => Promise<Answers>,
): Promise<{ answers: Answers; moreMb: number }> {
  const each = ['image', 'api'] as const
  await Promise.all(each.map((name) => both[name].resetPeak()))
  const before = await Promise.all(each.map((name) => both[name].memoryMb()))
  const answers = await send()
  let moreMb = 0
  for (const [i, name] of each.entries()) {
    const { peak } = await both[name].memoryMb()
    moreMb += peak - (before[i]?.now ?? peak)
    highestMb[name] = Math.max(highestMb[name], peak)
  }
  return { answers, moreMb }
}
