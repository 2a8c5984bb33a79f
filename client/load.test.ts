import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { load } from './load.ts'
import { answerProblem, answerResult, startTestService, unusedAddress } from './test-service.ts'

type Around = { signal?: AbortSignal; apiKey?: string }

async function runLoad(args: string[], around: Around = {}) {
  const { signal = new AbortController().signal, apiKey } = around
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const code = await load.run(['--size', '16x16', ...args], { stdout, stderr, signal, apiKey })
  stdout.end()
  stderr.end()
  return { code, stdout: await text(stdout), stderr: await text(stderr) }
}

describe('load', () => {
  it('sends distinct pictures at a rate and reports what came', async () => {
    const bodies: string[] = []
    const url = await startTestService(async (request, response) => {
      bodies.push(await text(request.setEncoding('hex')))
      if (bodies.length === 2)
        answerProblem(response, 'overloaded', 'Later.', { 'Retry-After': '9' })
      else answerResult(response, 'result')
    })
    const args = ['--url', url, '--rate', '50', '--duration', '0.1']
    const { code, stdout, stderr } = await runLoad(args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(bodies).toHaveLength(5)
    expect(new Set(bodies).size).toBe(5)
    expect(stdout).toContain(
      `${url}/image: distinct pictures, JPEG 16x16 of 1 kB, 50/s for 0.1 s\n`,
    )
    expect(stdout).toContain('  ok          4\n  overloaded  1  1 of them with Retry-After\n')
  })

  it('sends one picture again and again, and reports in JSON', async () => {
    const bodies = new Set<string>()
    const url = await startTestService(async (request, response) => {
      bodies.add(await text(request.setEncoding('hex')))
      answerResult(response, 'result')
    })
    const { code, stdout } = await runLoad([
      ...['--url', url, '--concurrency', '2', '--duration', '0.1', '--pictures', 'equal', '--json'],
    ])
    const report = JSON.parse(stdout)
    expect(code).toBe(0)
    expect(bodies.size).toBe(1)
    expect(report.outcomes).toEqual({ ok: report.requests })
    expect(report.concurrency).toBe(2)
  })

  it('says once, beside the report, how to give a key where none was given', async () => {
    const url = await startTestService((_, response) => {
      answerProblem(response, 'unauthorized', 'This service asks for a key.')
    })
    const args = ['--url', url, '--rate', '50', '--duration', '0.1']
    const hint = 'No key was given; have yours in the variable IMAGE_API_KEY.\n'
    expect((await runLoad(args)).stderr).toBe(hint)
    const { stdout, stderr } = await runLoad([...args, '--json'])
    expect([JSON.parse(stdout).outcomes, stderr]).toEqual([{ unauthorized: 5 }, hint])
    expect((await runLoad(args, { apiKey: 'another' })).stderr).toBe('')
  })

  it('ends with 1 where nothing answers', async () => {
    const url = await unusedAddress()
    const { code, stderr } = await runLoad(['--url', url, '--rate', '10'])
    expect(code).toBe(1)
    expect(stderr).toContain(`Nothing answers at ${url}; start the service`)
  })

  it('ends with what there is when it is stopped', async () => {
    const stop = new AbortController()
    let requests = 0
    const url = await startTestService((request, response) => {
      request.resume()
      // The third is never answered.
      if (++requests === 3) stop.abort()
      else answerResult(response, 'result')
    })
    const args = ['--url', url, '--concurrency', '1', '--duration', '3600']
    const { code, stdout } = await runLoad(args, stop)
    expect(code).toBe(0)
    expect(stdout).toContain('2 requests in ')
    expect(stdout).toContain(', 1 not finished\n  ok  2\n')
  })
})
