/** What an honest image function answers: a result of what it is asked for, though of no picture. */
import type { ServerResponse } from 'node:http'
import {
  GEOMETRY_HEADER,
  geometryToHeader,
  RESULT_HEADER,
  resultToHeader,
  SOURCE_HEADER,
  sourceToHeader,
} from '../contract/image-headers.ts'
import type { ResolvedOptions } from '../contract/options.ts'
import { resolvedOptionsFromQuery } from '../contract/options-query.ts'
import { DTYPE_BITS, NPY_MAGIC, RESULT_MEDIA_TYPES } from '../contract/result-format.ts'
import { queryOf } from '../runtime/query-of.ts'

const SIZE = { width: 4, height: 3 }
const TIMINGS = 'receive;dur=1.0, queue;dur=0.0, process;dur=5.0'

type Asked = Pick<ResolvedOptions, 'format' | 'dtype' | 'grayscale' | 'mode'>

/** What is asked for where a test says nothing of it: of a PNG a gray PNG. */
const USUAL: Asked = { format: 'png', dtype: 'uint8', grayscale: true, mode: 'exact' }

/** A result with its headers; a picture has the content between its first and its last bytes. */
export function imageAnswer(
  content: string | Buffer = 'the bytes of a result',
  asked: Partial<Asked> = {},
) {
  const { format, dtype, grayscale, mode } = { ...USUAL, ...asked }
  const channels = grayscale && format !== 'webp' ? 1 : 3
  const depth = DTYPE_BITS[dtype]
  return {
    bytes: bytesOf(Buffer.from(content), format, (SIZE.width * SIZE.height * channels * depth) / 8),
    headers: {
      'Content-Type': RESULT_MEDIA_TYPES[format] as string,
      [SOURCE_HEADER]: sourceToHeader({ width: 400, height: 300, format: 'png', orientation: 1 }),
      [RESULT_HEADER]: resultToHeader({ ...SIZE, channels, depth, mode }),
      [GEOMETRY_HEADER]: geometryToHeader({ scaleX: 100, scaleY: 100, offsetX: 0, offsetY: 0 }),
    },
  }
}

function bytesOf(content: Buffer, format: Asked['format'], numberBytes: number): Buffer {
  switch (format) {
    case 'png':
      return joined('\x89PNG\r\n\x1a\n', content, '\0\0\0\0IEND\xaeB`\x82')
    case 'jpeg':
      return joined('\xff\xd8\xff', content, '\xff\xd9')
    case 'webp': {
      const file = joined('RIFF....WEBP', content, '')
      file.writeUInt32LE(file.length - 8, 4)
      return file
    }
    case 'npy':
      return joined(`${NPY_MAGIC}\0\0`, Buffer.alloc(numberBytes), '')
    case 'raw':
      return Buffer.alloc(numberBytes)
  }
}

function joined(begin: string, content: Buffer, end: string): Buffer {
  return Buffer.concat([Buffer.from(begin, 'latin1'), content, Buffer.from(end, 'latin1')])
}

/** Answers a request to `/process` with a result of the options in it. */
export function answerResult(response: ServerResponse, content?: string | Buffer): void {
  const { bytes, headers } = imageAnswer(content, resolvedOptionsFromQuery(queryOf(response.req)))
  response.writeHead(200, { ...headers, 'Server-Timing': TIMINGS }).end(bytes)
}
