import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import {
  GEOMETRY_HEADER,
  RESULT_HEADER,
  SOURCE_HEADER,
} from '../functions/contract/image-headers.ts'
import { FileError } from './file-error.ts'
import { createService, UnreachableError } from './service.ts'
import { makeTestFolder } from './test-folder.ts'
import {
  answerProblem,
  answerResult,
  echoSource,
  resultHeaders,
  startTestService,
  unusedAddress,
} from './test-service.ts'
import { waitSeconds } from './wait-seconds.ts'

const never = new AbortController().signal

async function makeSource(): Promise<string> {
  return join(await makeTestFolder('photo.jpg'), 'photo.jpg')
}

describe('process()', () => {
  it('posts the bytes of the file, their length and the options', async () => {
    const requests: object[] = []
    const url = await startTestService(async (request, response) => {
      const { method, url, headers } = request
      requests.push({ method, url, length: headers['content-length'], body: await text(request) })
      answerResult(response, 'result')
    })
    await createService({ url }, 'scale=64x64&alpha=%23ffffff').process(await makeSource(), never)
    expect(requests).toEqual([
      {
        method: 'POST',
        url: '/image?scale=64x64&alpha=%23ffffff',
        length: '9',
        body: 'photo.jpg',
      },
    ])
  })

  it('asks for the name of the service where the address is that of a gateway', async () => {
    const hosts: unknown[] = []
    const url = await startTestService((request, response) => {
      hosts.push(request.headers.host)
      echoSource(request, response)
    })
    const host = 'api.image-preprocessing.example.com'
    await createService({ url, host }, '').process(await makeSource(), never)
    expect(hosts).toEqual([host])
  })

  it('resolves with the result and what the headers say about it', async () => {
    const url = await startTestService(echoSource)
    const answer = await createService({ url }, '').process(await makeSource(), never)
    expect(Buffer.from(answer.bytes).toString()).toBe('result of photo.jpg')
    expect(answer).toMatchObject({
      format: 'jpeg',
      source: { width: 4000, height: 3000, format: 'jpeg', orientation: 1 },
      result: { width: 1024, height: 768, channels: 1, depth: 8 },
      geometry: { scaleX: 3.90625, scaleY: 3.90625, offsetX: 0, offsetY: 0 },
      elapsedMs: expect.any(Number),
    })
  })

  it('fails with the sentence and the request id of a problem', async () => {
    const url = await startTestService((_, response) => {
      answerProblem(response, 'undecodable_image', 'The jpeg is damaged; export it again.')
    })
    const processing = createService({ url }, '').process(await makeSource(), never)
    await expect(processing).rejects.toEqual(
      new FileError('The jpeg is damaged; export it again. (request request-1)'),
    )
  })

  it('says how to give a key where none was given and one is asked for', async () => {
    const url = await startTestService((_, response) => {
      answerProblem(response, 'unauthorized', 'This service asks for a key.')
    })
    const file = await makeSource()
    await expect(createService({ url }, '').process(file, never)).rejects.toEqual(
      new FileError(
        'This service asks for a key. No key was given; have yours in the variable IMAGE_API_KEY. ' +
          '(request request-1)',
      ),
    )
    await expect(createService({ url, apiKey: 'k' }, '').process(file, never)).rejects.toEqual(
      new FileError('This service asks for a key. (request request-1)'),
    )
  })

  it('fails for an answer that is no problem of the contract', async () => {
    const url = await startTestService((_, response) => {
      response.writeHead(404).end('<html>')
    })
    const processing = createService({ url }, '').process(await makeSource(), never)
    await expect(processing).rejects.toEqual(
      new FileError(
        `${url} answered 404 and no reason; is this the address of the image service, or of a gateway that wants its --host?`,
      ),
    )
  })

  it.each(['Content-Type', SOURCE_HEADER, RESULT_HEADER, GEOMETRY_HEADER])(
    'fails for a 200 that does not describe a result: it has no %s',
    async (missing) => {
      const { [missing]: _, ...headers } = resultHeaders('image/jpeg')
      const url = await startTestService((_, response) => {
        response.writeHead(200, headers).end('bytes')
      })
      const processing = createService({ url }, '').process(await makeSource(), never)
      await expect(processing).rejects.toEqual(
        new FileError(
          `What ${url} answered is not a result; is this the address of the image service?`,
        ),
      )
    },
  )

  it('does not follow a redirect, which would send a GET without the image', async () => {
    const methods: unknown[] = []
    const url = await startTestService((request, response) => {
      methods.push(request.method)
      response.writeHead(301, { Location: '/elsewhere' }).end()
    })
    const processing = createService({ url }, '').process(await makeSource(), never)
    await expect(processing).rejects.toThrow('answered 301')
    expect(methods).toEqual(['POST'])
  })

  it('fails when the connection breaks within the answer', async () => {
    const url = await startTestService((_, response) => {
      response.writeHead(200, { 'Content-Length': '1000' })
      response.write('some', () => response.destroy())
    })
    const processing = createService({ url }, '').process(await makeSource(), never)
    await expect(processing).rejects.toThrow(FileError)
    await expect(processing).rejects.toThrow(`The connection to ${url} failed before`)
  })

  it('says how to start a service where nothing answers', async () => {
    const url = await unusedAddress()
    const processing = createService({ url }, '').process(await makeSource(), never)
    await expect(processing).rejects.toThrow(UnreachableError)
    await expect(processing).rejects.toThrow(
      `Nothing answers at ${url}; start the service with npm start, or name another with --url.`,
    )
  })

  it('fails for a file that is gone', async () => {
    const processing = createService({ url: 'http://127.0.0.1' }, '').process(
      '/gone/photo.jpg',
      never,
    )
    await expect(processing).rejects.toEqual(new FileError('The file cannot be opened.'))
  })

  it('fails for a folder in the place of a file', async () => {
    const url = await startTestService(echoSource)
    const processing = createService({ url }, '').process(await makeTestFolder(), never)
    await expect(processing).rejects.toThrow('The file cannot be read')
  })

  it('rejects when it is aborted during the request', async () => {
    const stop = new AbortController()
    const url = await startTestService(() => stop.abort())
    const processing = createService({ url }, '').process(await makeSource(), stop.signal)
    await expect(processing).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('processKept()', () => {
  const SHA256 = '0123456789abcdef'.repeat(4)

  /** A service that has the source, and answers what the test wants to be asked for it. */
  async function startKeeping(answer: (response: ServerResponse, tries: number) => void) {
    const asked: string[] = []
    let posts = 0
    const url = await startTestService(async (request, response) => {
      const body = await text(request)
      asked.push(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`)
      if (request.method === 'HEAD') response.end()
      else answer(response, ++posts)
    })
    return { asked, url }
  }

  it('asks whether the source is kept, and has it processed by its digest', async () => {
    const { asked, url } = await startKeeping((response) => answerResult(response, 'result'))
    const answer = await createService({ url }, 'scale=64x64').processKept(SHA256, never)
    expect(Buffer.from(answer?.bytes ?? []).toString()).toBe('result')
    expect(asked).toEqual([
      `HEAD /sources/${SHA256} undefined `,
      `POST /image?scale=64x64 application/json {"sha256":"${SHA256}"}`,
    ])
  })

  it.each([404, 405, 503, 301])('posts nothing when the HEAD is answered %i', async (status) => {
    const methods: unknown[] = []
    const url = await startTestService(({ method }, response) => {
      methods.push(method)
      response.writeHead(status, { 'Retry-After': '5' }).end()
    })
    expect(await createService({ url }, '').processKept(SHA256, never)).toBeUndefined()
    expect(methods).toEqual(['HEAD'])
  })

  it.each(['not_found', 'store_unavailable'] as const)(
    'is undefined at once when the POST is answered %s',
    async (code) => {
      const { asked, url } = await startKeeping((response) =>
        answerProblem(response, code, 'Send the bytes.', { 'Retry-After': '5' }),
      )
      expect(await createService({ url }, '').processKept(SHA256, never)).toBeUndefined()
      expect(asked).toHaveLength(2)
    },
  )

  it('waits for a service at its limit', async () => {
    const { url } = await startKeeping((response, tries) => {
      if (tries === 1) answerProblem(response, 'overloaded', 'Later.', { 'Retry-After': '0' })
      else answerResult(response, 'result')
    })
    const answer = await createService({ url }, '').processKept(SHA256, never)
    expect(Buffer.from(answer?.bytes ?? []).toString()).toBe('result')
  })

  it('fails with the sentence of any other problem', async () => {
    const { url } = await startKeeping((response) =>
      answerProblem(response, 'too_many_pixels', 'Ask for fewer.'),
    )
    await expect(createService({ url }, '').processKept(SHA256, never)).rejects.toEqual(
      new FileError('Ask for fewer. (request request-1)'),
    )
  })

  it('says how to start a service where nothing answers', async () => {
    const url = await unusedAddress()
    await expect(createService({ url }, '').processKept(SHA256, never)).rejects.toThrow(
      UnreachableError,
    )
  })
})

describe('processUrl()', () => {
  const source = new URL('https://example.org/a.jpg?b=c')

  it('posts the URL, for the service to download', async () => {
    const asked: string[] = []
    const url = await startTestService(async (request, response) => {
      const body = await text(request)
      asked.push(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`)
      if (asked.length === 1)
        answerProblem(response, 'overloaded', 'Later.', { 'Retry-After': '0' })
      else answerResult(response, 'result')
    })
    const answer = await createService({ url }, 'scale=64x64').processUrl(source, never)
    expect(Buffer.from(answer.bytes).toString()).toBe('result')
    const post = 'POST /image?scale=64x64 application/json {"url":"https://example.org/a.jpg?b=c"}'
    expect(asked).toEqual([post, post])
  })

  it('fails with the sentence of a problem', async () => {
    const url = await startTestService((_, response) =>
      answerProblem(response, 'source_unreachable', 'Its server answered 404.'),
    )
    await expect(createService({ url }, '').processUrl(source, never)).rejects.toEqual(
      new FileError('Its server answered 404. (request request-1)'),
    )
  })
})

describe('process() with a service at its limit', () => {
  it.each(['overloaded', 'rate_limited'] as const)(
    'sends the whole file again when %s, after the seconds it was told',
    async (code) => {
      const bodies: string[] = []
      const waits: number[] = []
      const url = await startTestService(async (request, response) => {
        bodies.push(await text(request))
        if (bodies.length < 3) answerProblem(response, code, 'Later.', { 'Retry-After': '7' })
        else answerResult(response, 'result')
      })
      const service = createService({ url }, '', async (seconds) => {
        waits.push(seconds)
      })
      const answer = await service.process(await makeSource(), never)
      expect(Buffer.from(answer.bytes).toString()).toBe('result')
      expect(bodies).toEqual(['photo.jpg', 'photo.jpg', 'photo.jpg'])
      expect(waits).toEqual([7, 7])
    },
  )

  it('gives up after five tries', async () => {
    let requests = 0
    const url = await startTestService((_, response) => {
      requests++
      answerProblem(response, 'overloaded', 'Try later.', { 'Retry-After': '0' })
    })
    const processing = createService({ url }, '').process(await makeSource(), never)
    await expect(processing).rejects.toEqual(
      new FileError('Try later. Tried 5 times. (request request-1)'),
    )
    expect(requests).toBe(5)
  })

  it.each([{}, { 'Retry-After': '61' }, { 'Retry-After': 'Sun, 22 Nov 2026 06:00:00 GMT' }])(
    'reports at once for %o',
    async (headers: Record<string, string>) => {
      let requests = 0
      const url = await startTestService((_, response) => {
        requests++
        answerProblem(response, 'overloaded', 'Try later.', headers)
      })
      const processing = createService({ url }, '').process(await makeSource(), never)
      await expect(processing).rejects.toThrow('Try later. (request request-1)')
      expect(requests).toBe(1)
    },
  )

  it('rejects when it is aborted during the wait', async () => {
    const stop = new AbortController()
    const url = await startTestService((_, response) => {
      answerProblem(response, 'overloaded', 'Try later.', { 'Retry-After': '60' })
    })
    const service = createService({ url }, '', (seconds, signal) => {
      const waiting = waitSeconds(seconds, signal)
      stop.abort()
      return waiting
    })
    const processing = service.process(await makeSource(), stop.signal)
    await expect(processing).rejects.toMatchObject({ name: 'AbortError' })
  })
})
