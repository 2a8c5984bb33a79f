import { describe, expect, it } from 'vitest'
import { resolvedOptionsFromQuery } from '../contract/options-query.ts'
import type { ResultFormat } from '../contract/result-format.ts'
import { queryOf } from '../runtime/query-of.ts'
import { PICTURE, startApi } from './test-api.ts'
import { answerResult, imageAnswer } from './test-image-answer.ts'

type Answer = { headers: Record<string, string>; bytes: Buffer }
type Change = (right: Answer) => Answer

const saying =
  (headers: Record<string, string>): Change =>
  (right) => ({ ...right, headers: { ...right.headers, ...headers } })

const without =
  (name: string): Change =>
  ({ headers: { [name]: _, ...headers }, ...right }) => ({ ...right, headers })

const of =
  (bytes: (right: Buffer) => Buffer): Change =>
  (right) => ({ ...right, bytes: bytes(right.bytes) })

const cut = of((bytes) => bytes.subarray(0, -1))
const longer = of((bytes) => Buffer.concat([bytes, Buffer.alloc(1)]))
const page = of(() => Buffer.from('<!doctype html><title>Please sign in</title>'))

/** A whole result of another format, with its own headers or those of what was asked for. */
const another = (format: ResultFormat) => () => imageAnswer('x', { format })
const hidden = (format: ResultFormat) => of(() => imageAnswer('x', { format }).bytes)

describe('a 200 of the image function', () => {
  it.each<[name: string, options: string, wrong: Change]>([
    ['the page of a proxy', '', (right) => page(saying({ 'Content-Type': 'text/html' })(right))],
    ['a page by the name of a PNG', '', page],
    ['a page by the name of an NPY', 'format=npy', page],
    ['a page by the name of numbers', 'format=raw', page],
    ['a PNG by the name of a page', '', saying({ 'Content-Type': 'text/html' })],
    ['a PNG of a charset', '', saying({ 'Content-Type': 'image/png; charset=utf-8' })],
    ['a JPEG for a PNG', '', another('jpeg')],
    ['a JPEG for an NPY', 'format=npy', another('jpeg')],
    ['a JPEG by the name of a PNG', '', hidden('jpeg')],
    ['a JPEG by the name of an NPY', 'format=npy', hidden('jpeg')],
    ['a PNG by the name of a JPEG', 'format=jpeg', hidden('png')],
    ['a PNG by the name of a WebP', 'format=webp', hidden('png')],
    ['an NPY by the name of numbers', 'format=raw', hidden('npy')],
    ['numbers by the name of an NPY', 'format=npy', hidden('raw')],
    ['a PNG without its end', 'format=png', cut],
    ['a JPEG without its end', 'format=jpeg', cut],
    ['a WebP without its end', 'format=webp', cut],
    ['an NPY without its end', 'format=npy', cut],
    ['an NPY of its first bytes', 'format=npy', of((bytes) => bytes.subarray(0, 8))],
    ['numbers without their end', 'format=raw', cut],
    ['floats without their end', 'format=raw&dtype=float32', cut],
    ['a PNG with a byte behind it', 'format=png', longer],
    ['a WebP with a byte behind it', 'format=webp', longer],
    ['an NPY with a byte behind it', 'format=npy', longer],
    ['numbers with one behind them', 'format=raw', longer],
    ['bytes for floats', 'format=raw&dtype=float16', another('raw')],
    ['nothing', 'format=raw', of(() => Buffer.alloc(0))],
    ['a result without an Image-Source', '', without('Image-Source')],
    ['a result without an Image-Result', '', without('Image-Result')],
    ['a result without an Image-Geometry', '', without('Image-Geometry')],
    ['a result with an Image-Source of words', '', saying({ 'Image-Source': 'a photograph' })],
    ['a result with an Image-Result of words', '', saying({ 'Image-Result': 'gray' })],
    ['a result without a side', '', saying({ 'Image-Result': 'width=4, channels=1, depth=8' })],
    ['a result with an Image-Geometry of words', '', saying({ 'Image-Geometry': 'as it was' })],
  ])(
    'that is %s is unavailable and not stored: the next is asked for',
    async (_, options, wrong) => {
      let calls = 0
      await using api = await startApi({
        answer(response) {
          calls++
          if (calls > 1) return answerResult(response)
          const right = imageAnswer('right', resolvedOptionsFromQuery(queryOf(response.req)))
          const { headers, bytes } = wrong(right)
          response.writeHead(200, headers).end(bytes)
        },
      })
      const body = PICTURE
      const post = () => api.ask(`/image?${options}`, { method: 'POST', body })
      const problem = await (await post()).text()
      expect(JSON.parse(problem)).toMatchObject({ status: 502, code: 'image_function_unavailable' })
      expect(problem).not.toContain('sign in')

      const miss = await post()
      expect([miss.status, miss.headers.get('Cache-Status')]).toEqual([
        200,
        'image-api; fwd=miss; stored',
      ])
      const hit = await post()
      expect(hit.headers.get('Cache-Status')).toBe('image-api; hit')
      expect(await hit.bytes()).toEqual(await miss.bytes())
      expect(calls).toBe(2)
    },
  )
})
