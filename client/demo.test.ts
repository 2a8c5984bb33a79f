import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeTestFolder } from './test-folder.ts'
import { deploymentOf, makeFakeKubectl } from './test-kube.ts'
import { answerProblem, answerResult, startTestService, unusedAddress } from './test-service.ts'

const AT_ZERO = [deploymentOf('api', 0), deploymentOf('image', 0)]

/** The demo as it is called, with what is found as kubectl. */
function startDemo(args: string[], kubectl = '/gone/kubectl') {
  const main = join(import.meta.dirname, 'main.ts')
  // The fake runs on the same Node.
  const path = [dirname(kubectl), dirname(process.execPath)].join(delimiter)
  const all = [main, 'demo', '--size', '16x16', '--burst-seconds', '1', ...args]
  const child = spawn(process.execPath, all, {
    env: { PATH: path, IMAGE_API_KEY: 'a-key' },
    stdio: 'pipe',
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

async function outcomeOf(child: ReturnType<typeof startDemo>) {
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ])
  return { code, stdout, stderr }
}

describe('demo', { timeout: 30_000 }, () => {
  it('goes on without kubectl, and writes a report', async () => {
    const bodies = new Set<string>()
    const shown = new Set<string | undefined>()
    const url = await startTestService(async (request, response) => {
      shown.add(request.headers.authorization)
      bodies.add(await text(request.setEncoding('hex')))
      answerResult(response, 'result')
    })
    const report = join(await makeTestFolder(), 'demo.svg')
    const { code, stdout, stderr } = await outcomeOf(
      startDemo(['--url', url, '--silence-seconds', '0', '--report', report]),
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(
      'There is no kubectl on the path. The demo goes on without replicas.\n',
    )
    expect(stdout).toMatch(/\nhit: the same picture again\n.* {2}answered in [\d.]+ ms\n/s)
    expect(stdout).toMatch(/\n {2}\d+ results of \d+ requests in 1\.\d s, /)
    expect(bodies.size).toBeGreaterThan(2)
    expect([...shown]).toEqual(['Bearer a-key'])
    expect(await readFile(report, 'utf8')).toContain('</svg>')
  })

  it('ends kubectl when it is stopped, and says what there was', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    // Never answered.
    const url = await startTestService(() => resolve())
    const child = startDemo(['--url', url], await makeFakeKubectl({ items: AT_ZERO }))
    await asked
    child.kill('SIGINT')
    // Its pipes close when the last process that holds them is gone.
    const { code, stdout, stderr } = await outcomeOf(child)
    expect(code).toBe(130)
    expect(stdout).toContain('to zero: nothing is sent until both functions are at zero\n')
    expect(stdout).toContain('cold start: one picture, from zero\n')
    expect(stderr).toBe('Stopped before the end.\n')
  })

  it.each([
    ['not_found', 'There is nothing here.'],
    // It has shown a key.
    ['unauthorized', 'This key is none of those that are known.'],
  ] as const)('ends with 1 when the first picture is refused: %s', async (problem, detail) => {
    const url = await startTestService((_, response) => answerProblem(response, problem, detail))
    const { code, stderr } = await outcomeOf(startDemo(['--url', url, '--silence-seconds', '0']))
    expect(code).toBe(1)
    expect(stderr).toBe(
      `The picture was answered ${problem} and not with a result; is ${url} the address of the ` +
        'service, or of a gateway that wants its --host?\n',
    )
  })

  it('ends with 1 where nothing answers', async () => {
    const url = await unusedAddress()
    const { code, stderr } = await outcomeOf(startDemo(['--url', url, '--silence-seconds', '0']))
    expect(code).toBe(1)
    expect(stderr).toContain(`Nothing answers at ${url}`)
  })
})
