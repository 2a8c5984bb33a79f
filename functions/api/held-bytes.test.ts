import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createHeldBytes } from './held-bytes.ts'
import { PICTURE, startApi } from './test-api.ts'
import { grayPng } from './test-picture.ts'

const REQUEST_BYTES = 16_384

describe('createHeldBytes()', () => {
  it('has room up to the limit, a request weighing something itself, and again after a release', () => {
    const heldBytes = createHeldBytes(3 * REQUEST_BYTES)
    const first = heldBytes.admit(REQUEST_BYTES)
    const second = heldBytes.admit(0)
    expect(() => heldBytes.admit(0)).toThrow('overloaded')
    second.release()
    second.release()
    heldBytes.admit(0)
    expect(() => heldBytes.admit(0)).toThrow('overloaded')
    first.release()
    heldBytes.admit(REQUEST_BYTES)
  })

  it('counts what was not announced while it arrives, and what was not a second time', () => {
    const heldBytes = createHeldBytes(4 * REQUEST_BYTES)
    const announced = heldBytes.admit(REQUEST_BYTES)
    announced.grow(REQUEST_BYTES)
    const chunked = heldBytes.admit(0)
    chunked.grow(REQUEST_BYTES)
    expect(() => chunked.grow(1)).toThrow('overloaded')
  })

  it('lets one alone hold anything', () => {
    const alone = createHeldBytes(0).admit(REQUEST_BYTES)
    expect(() => alone.grow(9 * REQUEST_BYTES)).not.toThrow()
  })

  it('refuses others, not the one whose result is there, when a result fills it', () => {
    const heldBytes = createHeldBytes(4 * REQUEST_BYTES)
    const one = heldBytes.admit(0)
    one.add(9 * REQUEST_BYTES)
    expect(() => heldBytes.admit(0)).toThrow('overloaded')
    one.release()
    expect(() => heldBytes.admit(0)).not.toThrow()
  })
})

describe('QUEUE_BYTES', () => {
  const env = { QUEUE_BYTES: '100000', STORE: 'none' }

  it.each([
    ['announced', { 'Content-Length': '200000' }],
    ['chunked', { 'Transfer-Encoding': 'chunked' }],
  ])('are held by an upload that does not end, %s: others are overloaded', async (_, headers) => {
    await using api = await startApi({ env })
    await using upload = await startUpload(api.url, headers, 150_000)
    await expect.poll(async () => (await api.post()).status).toBe(503)
    const refused = await api.post()
    expect(refused.headers.get('Retry-After')).toBe('1')
    expect(await refused.json()).toMatchObject({ code: 'overloaded' })

    upload.destroy()
    await expect.poll(async () => (await api.post()).status).toBe(200)
  })

  it('refuse a chunked upload in its middle, when others hold the rest', async () => {
    await using api = await startApi({ env })
    await using _ = await startUpload(api.url, { 'Content-Length': '60000' }, 1)
    const body = new Blob([new Uint8Array(200_000)]).stream()
    const refused = await api.ask('/image', { method: 'POST', body, duplex: 'half' } as RequestInit)
    expect(await refused.json()).toMatchObject({ code: 'overloaded' })
  })

  it('are enough for one picture that is larger', async () => {
    await using api = await startApi({ env: { ...env, QUEUE_BYTES: '0' } })
    expect((await api.post(new Uint8Array(grayPng(2000, 2000)))).status).toBe(200)
    expect((await api.post(PICTURE)).status).toBe(200)
  })
})

/** An upload that sends some bytes and then no more. */
async function startUpload(url: string, headers: Record<string, string>, bytes: number) {
  const upload = request(`${url}/image`, { method: 'POST', headers })
  upload.on('error', () => {})
  await new Promise((resolve) => upload.write(Buffer.alloc(bytes), resolve))
  return {
    destroy: () => upload.destroy(),
    [Symbol.asyncDispose]: async () => void upload.destroy(),
  }
}
