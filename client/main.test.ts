import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeTestFolder } from './test-folder.ts'
import {
  answerProblem,
  answerResult,
  echoSource,
  startTestService,
  unusedAddress,
} from './test-service.ts'

type Outcome = { code: number | null; stdout: string; stderr: string }

function startClient(cwd: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const main = join(import.meta.dirname, 'main.ts')
  const child = spawn(process.execPath, [main, ...args], { cwd, env, stdio: 'pipe' })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

async function outcomeOf(child: ReturnType<typeof startClient>): Promise<Outcome> {
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ])
  return { code, stdout, stderr }
}

function runClient(cwd: string, ...args: string[]): Promise<Outcome> {
  return outcomeOf(startClient(cwd, args))
}

/** Time differs from run to run. */
function withoutTimes(lines: string): string {
  return lines.replaceAll(/\d+ ms/g, '… ms').replaceAll(/\d+\.\d s/g, '… s')
}

describe('send', () => {
  it('sends a file and says what was done', async () => {
    const folder = await makeTestFolder('photo.jpg')
    const url = await startTestService(echoSource)
    const { code, stdout, stderr } = await runClient(
      folder,
      ...['send', 'photo.jpg', 'out.jpg', '--url', url],
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(withoutTimes(stdout)).toBe(
      'photo.jpg  4000x3000 jpeg → 1024x768 jpeg, 1 channel, scaled, … ms → out.jpg\n',
    )
    expect(await readFile(join(folder, 'out.jpg'), 'utf8')).toBe('result of photo.jpg')
  })

  it('asks for the options that were given, and for no others', async () => {
    const folder = await makeTestFolder('photo.jpg')
    const targets: unknown[] = []
    const url = await startTestService((request, response) => {
      targets.push(request.url)
      answerResult(response, 'result', 'image/png')
    })
    await runClient(folder, 'send', 'photo.jpg', 'a.png', '--url', url)
    await runClient(
      folder,
      ...['send', 'photo.jpg', 'b.png', '--url', url],
      ...['--scale', '800x600', '--grayscale', 'false', '--format', 'png', '--alpha', '#ffffff'],
    )
    expect(targets).toEqual([
      '/image',
      '/image?scale=800x600&grayscale=false&alpha=%23ffffff&format=png',
    ])
  })

  it('asks for a preset and takes whatever format it has', async () => {
    const folder = await makeTestFolder('photo.jpg')
    const targets: unknown[] = []
    const url = await startTestService((request, response) => {
      targets.push(request.url)
      answerResult(response, 'numbers', 'application/x-npy')
    })
    const { code, stdout } = await runClient(
      folder,
      ...['send', 'photo.jpg', 'out/', '--url', url, '--preset', 'clip-224', '--dtype', 'float16'],
    )
    expect(code).toBe(0)
    expect(targets).toEqual(['/image?preset=clip-224&dtype=float16'])
    expect(stdout).toContain(' → 1024x768 npy, 1 channel, ')
    expect(await readFile(join(folder, 'out', 'photo.npy'), 'utf8')).toBe('numbers')
  })

  it('refuses a result in another format than it asked for above a preset', async () => {
    const folder = await makeTestFolder('photo.jpg')
    const url = await startTestService((_, response) => {
      answerResult(response, 'numbers', 'application/x-npy')
    })
    const { code, stderr } = await runClient(
      folder,
      ...['send', 'photo.jpg', 'out/', '--url', url, '--preset', 'clip-224', '--format', 'png'],
    )
    expect(code).toBe(1)
    expect(stderr).toBe('photo.jpg: The service answered npy where png was asked for.\n')
  })

  it('sends a folder, goes on after a failure and counts both', async () => {
    const folder = await makeTestFolder()
    await mkdir(join(folder, 'in'))
    for (const name of ['a.jpg', 'b.gif', 'c.png', 'notes.txt']) {
      await writeFile(join(folder, 'in', name), name)
    }
    const url = await startTestService(async (request, response) => {
      const source = await text(request)
      if (source === 'b.gif') answerProblem(response, 'undecodable_image', 'It is cut short.')
      else answerResult(response, `result of ${source}`, 'image/png')
    })
    const { code, stdout, stderr } = await runClient(
      folder,
      ...['send', 'in', 'out', '--url', url, '--jobs', '1'],
    )
    expect(code).toBe(1)
    expect(withoutTimes(stdout)).toBe(
      [
        'in/a.jpg  4000x3000 jpeg → 1024x768 png, 1 channel, scaled, … ms → out/a.png',
        'in/c.png  4000x3000 jpeg → 1024x768 png, 1 channel, scaled, … ms → out/c.png',
        '2 done, 1 failed, … s\n',
      ].join('\n'),
    )
    expect(stderr).toBe('in/b.gif: It is cut short. (request request-1)\n')
    expect(await readdir(join(folder, 'out'))).toEqual(['a.png', 'c.png'])
    expect(await readFile(join(folder, 'out', 'c.png'), 'utf8')).toBe('result of c.png')
  })

  it('sends as many files at a time as --jobs says', async () => {
    const folder = await makeTestFolder('a.jpg', 'b.jpg', 'c.jpg', 'd.jpg', 'e.jpg', 'f.jpg')
    let most = 0
    let waiting: ServerResponse[] = []
    const url = await startTestService((request, response) => {
      request.resume()
      waiting.push(response)
      most = Math.max(most, waiting.length)
      if (waiting.length < 3) return
      // Later, so that a fourth would be seen waiting.
      setImmediate(() => {
        for (const each of waiting) answerResult(each, 'result')
        waiting = []
      })
    })
    const { code } = await runClient(folder, 'send', '.', 'out', '--url', url, '--jobs', '3')
    expect(code).toBe(0)
    expect(most).toBe(3)
  })

  it('has the service download --source-url, and names the result by its path in a folder', async () => {
    const folder = await makeTestFolder()
    const bodies: string[] = []
    const url = await startTestService(async (request, response) => {
      bodies.push(await text(request))
      answerResult(response, 'result', 'image/png')
    })
    const source = 'https://example.org/pictures/photo.jpg?token=secret'
    for (const output of ['out/', 'photo.jpg']) {
      const { code, stdout, stderr } = await runClient(
        folder,
        ...['send', '--source-url', source, output, '--url', url],
      )
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(withoutTimes(stdout)).toBe(
        'https://example.org/pictures/photo.jpg  4000x3000 jpeg → 1024x768 png, 1 channel, scaled, ' +
          `… ms → ${output === 'out/' ? 'out/photo.png' : output}\n`,
      )
    }
    expect(bodies).toEqual(Array(2).fill(`{"url":"${source}"}`))
    expect(await readFile(join(folder, 'out', 'photo.png'), 'utf8')).toBe('result')
  })

  it('uploads by --by-digest only what the service does not keep, and says which', async () => {
    const folder = await makeTestFolder('kept.jpg', 'new.jpg', 'lost.jpg')
    const asked: string[] = []
    const sha256 = (name: string) => createHash('sha256').update(name).digest('hex')
    const url = await startTestService(async (request, response) => {
      const body = await text(request)
      asked.push(`${request.method} ${body}`)
      if (request.method === 'HEAD') {
        const isNew = request.url === `/sources/${sha256('new.jpg')}`
        response.writeHead(isNew ? 404 : 200).end()
      } else if (body === JSON.stringify({ sha256: sha256('lost.jpg') })) {
        answerProblem(response, 'not_found', 'This source is not kept.')
      } else answerResult(response, `result of ${body}`)
    })
    const { code, stdout } = await runClient(
      folder,
      ...['send', 'kept.jpg', 'new.jpg', 'lost.jpg', 'out', '--url', url],
      ...['--by-digest', '--jobs', '1'],
    )
    expect(code).toBe(0)
    const did = '4000x3000 jpeg → 1024x768 jpeg, 1 channel, scaled'
    expect(withoutTimes(stdout)).toBe(
      [
        `kept.jpg  ${did}, by digest, … ms → out/kept.jpg`,
        `new.jpg  ${did}, uploaded, … ms → out/new.jpg`,
        `lost.jpg  ${did}, uploaded, … ms → out/lost.jpg`,
        '3 done, 0 failed, … s\n',
      ].join('\n'),
    )
    expect(asked).toEqual([
      'HEAD ',
      `POST {"sha256":"${sha256('kept.jpg')}"}`,
      ...['HEAD ', 'POST new.jpg'],
      ...['HEAD ', `POST {"sha256":"${sha256('lost.jpg')}"}`, 'POST lost.jpg'],
    ])
    expect(await readFile(join(folder, 'out', 'lost.jpg'), 'utf8')).toBe('result of lost.jpg')
  })

  it('stops at the first file when nothing answers', async () => {
    const folder = await makeTestFolder('a.jpg', 'b.jpg')
    const url = await unusedAddress()
    const { code, stdout, stderr } = await runClient(
      folder,
      ...['send', 'a.jpg', 'b.jpg', 'out', '--url', url],
    )
    expect(code).toBe(1)
    expect(withoutTimes(stdout)).toBe('0 done, 0 failed, 2 not finished, … s\n')
    expect(stderr).toBe(
      `Nothing answers at ${url}; start the service with npm start, or name another with --url.\n`,
    )
  })

  it('refuses a result in another format than it asked for', async () => {
    const folder = await makeTestFolder('photo.jpg')
    const url = await startTestService(echoSource)
    const { code, stderr } = await runClient(
      folder,
      ...['send', 'photo.jpg', '.', '--url', url, '--format', 'png'],
    )
    expect(code).toBe(1)
    expect(stderr).toBe('photo.jpg: The service answered jpeg where png was asked for.\n')
    expect(await readFile(join(folder, 'photo.jpg'), 'utf8')).toBe('photo.jpg')
  })

  it.each([
    [['photo.jpg', 'out.jpg', '--scale', '800'], 'Option scale is "800"; allowed: none, or WIDTHx'],
    [['photo.jpg', 'out.jpg', '--sacle', '8x8'], "Unknown option '--sacle'."],
    [['photo.jpg', 'photo.jpg'], 'photo.jpg is to be sent, and the result of photo.jpg could'],
    [['missing.jpg', 'out.jpg'], 'There is no file or folder missing.jpg.'],
  ])('ends with 2 for %o and sends nothing', async (args, sentence) => {
    const folder = await makeTestFolder('photo.jpg')
    let requests = 0
    const url = await startTestService((request, response) => {
      requests++
      echoSource(request, response)
    })
    const { code, stderr } = await runClient(folder, 'send', ...args, '--url', url)
    expect(code).toBe(2)
    expect(stderr).toContain(sentence)
    expect(stderr).toContain('\nUsage: npm run client -- send INPUT... OUTPUT [options]')
    expect(requests).toBe(0)
    expect(await readdir(folder)).toEqual(['photo.jpg'])
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops at once on %s and leaves no part of a result', async (signal, exitCode) => {
    const folder = await makeTestFolder('a.jpg', 'b.jpg')
    const { promise: halfAnswered, resolve } = Promise.withResolvers<void>()
    const url = await startTestService((_, response) => {
      response.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': '1000' })
      response.write('half a result', () => resolve())
    })
    const child = startClient(folder, ['send', 'a.jpg', 'b.jpg', 'out', '--url', url])
    await halfAnswered
    child.kill(signal)
    const { code, stdout } = await outcomeOf(child)
    expect(code).toBe(exitCode)
    expect(withoutTimes(stdout)).toBe('0 done, 0 failed, 2 not finished, … s\n')
    expect(await readdir(join(folder, 'out'))).toEqual([])
  })

  it('stops when nobody reads its lines any more', async () => {
    const folder = await makeTestFolder('a.jpg', 'b.jpg')
    const answered = Promise.withResolvers<void>()
    const url = await startTestService(async (request, response) => {
      // The second is never answered, and only stopping ends the client.
      if ((await text(request)) === 'b.jpg') return
      await answered.promise
      answerResult(response, 'result')
    })
    const child = startClient(folder, ['send', 'a.jpg', 'b.jpg', 'out', '--url', url])
    child.stdout.destroy()
    answered.resolve()
    expect(await once(child, 'exit')).toEqual([141, null])
  })

  it('takes paths from where npm was called', async () => {
    const folder = await makeTestFolder('photo.jpg')
    const url = await startTestService(echoSource)
    const args = ['send', 'photo.jpg', 'out.jpg', '--url', url]
    const env = { npm_lifecycle_event: 'client', INIT_CWD: folder }
    const { code } = await outcomeOf(startClient(import.meta.dirname, args, env))
    expect(code).toBe(0)
    expect(await readdir(folder)).toEqual(['out.jpg', 'photo.jpg'])
  })

  it('lists every option with what it takes', async () => {
    const { code, stdout } = await runClient(await makeTestFolder(), 'send', '--help')
    expect(code).toBe(0)
    expect(stdout).toContain('--scale      the size of the result\n')
    expect(stdout).toContain('--url         where the service is (http://localhost:8080)\n')
  })
})

describe('the client', () => {
  it('ends with 2 for a command that it does not have', async () => {
    const { code, stderr } = await runClient(await makeTestFolder(), 'sned')
    expect(code).toBe(2)
    expect(stderr).toContain('There is no command sned.')
  })
})
