/**
 * How fast both functions refuse a small file whose header says that it is huge, in one go and in a row,
 * against a normal small request, and by how much their memory grows.
 */
import { againstGoal, median } from './bench-figures.ts'
import { startService } from './bench-service.ts'
import { pixelBombs } from './image/test-bombs.ts'
import { fixture } from './image/test-picture.ts'

const ROUNDS = 100
const GOAL_MS = 50
const GOAL_MB = 10

const image = await startService('image/main.ts')
const api = await startService('api/main.ts', {
  IMAGE_FUNCTION_URL: `http://127.0.0.1:${image.port}`,
  STORE: 'none',
})
const targets = {
  'both functions': `http://127.0.0.1:${api.port}/image`,
  'the image function alone':
    `http://127.0.0.1:${image.port}/process?scale=1024x768&grayscale=true&fit=fill&crop=none` +
    '&filter=lanczos&orient=apply&alpha=drop&icc=ignore&format=png&quality=90&mode=exact&pillow=13' +
    '&dtype=uint8&layout=hwc&mean=0&std=1',
}
const small = fixture('gray.jpg')

/** Milliseconds until the answer, which is 200 or a refusal. */
async function time(url: string, body: Buffer): Promise<{ ms: number; code: string }> {
  const startMs = performance.now()
  const answer = await fetch(url, { method: 'POST', body: new Uint8Array(body) })
  const text = Buffer.from(await answer.arrayBuffer())
  const ms = performance.now() - startMs
  if (answer.status >= 500) throw new Error(`${answer.status} ${text}`)
  return { ms, code: answer.status === 200 ? '200' : JSON.parse(text.toString()).code }
}

const residentMb = async () => {
  const [ofImage, ofApi] = await Promise.all([image.memoryMb(), api.memoryMb()])
  return ofImage.now + ofApi.now
}

for (const [name, url] of Object.entries(targets)) {
  const usual: number[] = []
  for (let i = 0; i < 2 * ROUNDS; i++) usual.push((await time(url, small)).ms)
  const usualMs = median(usual.slice(ROUNDS))
  console.log(
    `${name}: a normal small request takes ${usualMs.toFixed(1)} ms (median of ${ROUNDS})`,
  )
  for (const [format, bomb] of Object.entries(pixelBombs())) {
    const beforeMb = await residentMb()
    const answers = []
    for (let i = 0; i < ROUNDS; i++) answers.push(await time(url, bomb))
    const longestMs = Math.max(...answers.map(({ ms }) => ms))
    const grownMb = (await residentMb()) - beforeMb
    console.log(
      `  ${format.padEnd(5)} ${bomb.length.toString().padStart(6)} bytes: ${answers[0]?.code}, ms more at most ` +
        `${againstGoal(longestMs - usualMs, GOAL_MS, 1)}, MB more after ${ROUNDS} ${againstGoal(grownMb, GOAL_MB, 1)}`,
    )
  }
}
for (const service of [api, image]) await service.stop()
