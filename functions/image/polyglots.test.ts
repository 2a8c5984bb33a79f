import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectProblem, post, startApp, type TestApp } from './test-app.ts'
import { fixture } from './test-picture.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp()
})

afterAll(() => app[Symbol.asyncDispose]())

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const joined = (...parts: (Buffer | string)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? latin1(part) : part)))

const SCRIPT = 'alert(1)//'
const HTML = '<!doctype html><script>alert(1)</script>'
const ZIP = `PK\x03\x04\x14\0\0\0\0\0PK\x05\x06${'\0'.repeat(18)}`

/** A GIF that a browser would run as a script: its size begins a comment, which ends behind the picture. */
function gifAndScript(): Buffer {
  const gif = fixture('corners.gif')
  gif.write('/*', 6, 'latin1')
  return joined(gif, `*/=1;${SCRIPT}`)
}

/** A JPEG with this in a comment, where HTML and scripts are hidden from decoders. */
function withComment(jpeg: Buffer, text: string): Buffer {
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xfe, 0, text.length + 2])
  return joined(head, text, jpeg.subarray(2))
}

/** What two pictures in one JPEG have between them (MPO): the second begins where the first has ended. */
const TWO_JPEGS = joined(fixture('gray.jpg'), fixture('sample.jpg'))

const MP4 = joined('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', Buffer.alloc(50_000, 7))

describe('POST /process of a file that is two things', () => {
  it.each([
    ['a GIF and a script', gifAndScript(), 'gif'],
    ['a JPEG and a ZIP', joined(fixture('gray.jpg'), ZIP), 'jpeg'],
    ['a JPEG with HTML in a comment', withComment(fixture('gray.jpg'), HTML), 'jpeg'],
    ['a PNG and HTML', joined(fixture('palette.png'), HTML), 'png'],
    ['a WebP and a script', joined(fixture('lossy.webp'), SCRIPT), 'webp'],
    ['a TIFF and a PDF', joined(fixture('lzw.tif'), fixture('document.pdf')), 'tiff'],
    ['two JPEGs, as MPO has them', TWO_JPEGS, 'jpeg'],
    ['a JPEG and a video: a motion photo', joined(fixture('gray.jpg'), MP4), 'jpeg'],
    ['a PNG and a JPEG', joined(fixture('palette.png'), fixture('gray.jpg')), 'png'],
  ])('takes %s for the picture of its first bytes', async (_what, bytes, format) => {
    const answer = await post(app, bytes, { headers: { 'Content-Type': 'text/html' } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Image-Source')).toContain(`format="${format}"`)
    // Made anew from pixels: nothing of what else it was is in the result.
    expect(answer.headers.get('Content-Type')).toBe('image/png')
    const result = Buffer.from(await answer.arrayBuffer())
    for (const other of ['script', 'PK', '%PDF', 'ftyp']) expect(result.includes(other)).toBe(false)
  })

  it.each([
    ['a PDF with a JPEG in it', joined('%PDF-1.7\n1 0 obj<<>>stream\n', fixture('gray.jpg'))],
    ['a ZIP with a PNG in it', joined('PK\x03\x04', fixture('palette.png'))],
    ['HTML before a GIF', joined('<!--', fixture('corners.gif'))],
    ['a video before a JPEG', joined(MP4, fixture('gray.jpg'))],
    ['a JPEG behind a blank', joined(' ', fixture('gray.jpg'))],
    [
      'an SVG with a PNG in it',
      joined('<svg><image href="data:', fixture('palette.png'), '"/></svg>'),
    ],
    ['an SVG labelled PNG', fixture('vector.svg')],
    ['a RIFF that is no WebP', joined('RIFF\x10\0\0\0WAVEfmt ', fixture('lossy.webp'))],
    [
      'an AVIF whose brand is another',
      joined('\0\0\0\x14ftypheic\0\0\0\0heic', fixture('lossless.avif')),
    ],
  ])('refuses %s, whatever it is said to be', async (_what, bytes) => {
    const answer = await post(app, bytes, { headers: { 'Content-Type': 'image/png' } })
    await expectProblem(answer, 415, 'unsupported_media_type')
  })

  it.each([
    ['a PNG that begins like a JPEG', joined('\xff\xd8\xff\xe0', fixture('palette.png'))],
    ['an SVG that begins like a PNG', joined('\x89PNG\r\n\x1a\n', fixture('vector.svg'))],
    ['an SVG that begins like a TIFF', joined('II*\0', fixture('vector.svg'))],
    [
      'a HEIC that says that it is an AVIF',
      joined('\0\0\0\x18ftypavif\0\0\0\0avifmif1', fixture('brand.heic')),
    ],
  ])('refuses %s as damaged: one decoder is asked, and no other', async (_what, bytes) => {
    await expectProblem(await post(app, bytes), 422, 'undecodable_image')
  })
})
