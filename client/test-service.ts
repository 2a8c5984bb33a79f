import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import {
  GEOMETRY_HEADER,
  geometryToHeader,
  RESULT_HEADER,
  resultToHeader,
  SOURCE_HEADER,
  sourceToHeader,
} from '../functions/contract/image-headers.ts'
import {
  PROBLEM_MEDIA_TYPE,
  type ProblemCode,
  ProblemError,
  problemToJson,
} from '../functions/contract/problem.ts'

/** The address of a server on the loopback that answers this way; closed after the test. */
export async function startTestService(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An address where nothing listens. */
export async function unusedAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}

/** What is said of a 4000x3000 jpeg made 1024x768 gray. */
export function resultHeaders(type: string): Record<string, string> {
  return {
    'Content-Type': type,
    [SOURCE_HEADER]: sourceToHeader({ width: 4000, height: 3000, format: 'jpeg', orientation: 1 }),
    [RESULT_HEADER]: resultToHeader({
      ...{ width: 1024, height: 768, channels: 1, depth: 8 },
      mode: 'fast',
    }),
    [GEOMETRY_HEADER]: geometryToHeader({
      ...{ scaleX: 4000 / 1024, scaleY: 3000 / 768 },
      ...{ offsetX: 0, offsetY: 0 },
    }),
  }
}

/** Answers a result whose bytes are this text. */
export function answerResult(response: ServerResponse, bytes: string, type = 'image/jpeg'): void {
  response.writeHead(200, resultHeaders(type))
  response.end(bytes)
}

/** Answers every source with `result of ` and its bytes. */
export const echoSource: RequestListener = async (request, response) => {
  answerResult(response, `result of ${await text(request)}`)
}

/** Answers a problem with the request id `request-1`. */
export function answerProblem(
  response: ServerResponse,
  code: ProblemCode,
  detail: string,
  headers: Record<string, string> = {},
): void {
  const problem = new ProblemError(code, detail)
  response.writeHead(problem.status, {
    'Content-Type': PROBLEM_MEDIA_TYPE,
    'X-Request-Id': 'request-1',
    ...headers,
  })
  response.end(JSON.stringify(problemToJson(problem, 'request-1')))
}
