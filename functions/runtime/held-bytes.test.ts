import { describe, expect, it } from 'vitest'
import { createHeldBytes } from './held-bytes.ts'

const REQUEST_BYTES = 16_384

describe('createHeldBytes()', () => {
  it('has room up to the limit, a request weighing something itself, and again after a release', () => {
    const heldBytes = createHeldBytes(3 * REQUEST_BYTES)
    const first = heldBytes.admit(0)
    first.grow(REQUEST_BYTES)
    const second = heldBytes.admit(0)
    expect(() => heldBytes.admit(0)).toThrow('overloaded')
    second.release()
    second.release()
    heldBytes.admit(0)
    expect(() => heldBytes.admit(0)).toThrow('overloaded')
    first.release()
    heldBytes.admit(REQUEST_BYTES)
  })

  it('has no room for what would not fit, and holds nothing for what is only announced', () => {
    const heldBytes = createHeldBytes(4 * REQUEST_BYTES)
    const announced = heldBytes.admit(3 * REQUEST_BYTES)
    heldBytes.admit(0)
    expect(() => heldBytes.admit(2 * REQUEST_BYTES)).toThrow('overloaded')
    announced.grow(2 * REQUEST_BYTES)
    expect(() => announced.grow(1)).toThrow('overloaded')
  })

  it('lets one alone hold anything, whatever it opens', () => {
    const alone = createHeldBytes(0).admit(REQUEST_BYTES)
    expect(() => alone.grow(9 * REQUEST_BYTES)).not.toThrow()
    expect(() => alone.open().grow(9 * REQUEST_BYTES)).not.toThrow()
  })

  it('refuses others, not the one whose result is there, when a result fills it', () => {
    const heldBytes = createHeldBytes(4 * REQUEST_BYTES)
    const one = heldBytes.admit(0)
    one.share(Buffer.alloc(9 * REQUEST_BYTES))
    expect(() => heldBytes.admit(0)).toThrow('overloaded')
    one.release()
    expect(() => heldBytes.admit(0)).not.toThrow()
  })

  it('holds nothing for one that was released before, whatever comes then', () => {
    const heldBytes = createHeldBytes(4 * REQUEST_BYTES)
    const left = heldBytes.admit(0)
    left.release()
    left.grow(9 * REQUEST_BYTES)
    left.share(Buffer.alloc(9 * REQUEST_BYTES))
    left.retain().grow(9 * REQUEST_BYTES)
    left.open().grow(9 * REQUEST_BYTES)
    heldBytes.admit(0)
    expect(() => heldBytes.admit(2 * REQUEST_BYTES)).not.toThrow()
  })

  it('lets go what was opened by itself, before its request and after', () => {
    const heldBytes = createHeldBytes(4 * REQUEST_BYTES)
    const request = heldBytes.admit(0)
    const [first, second] = [request.open(), request.open()]
    first.grow(REQUEST_BYTES)
    second.grow(2 * REQUEST_BYTES)
    expect(() => heldBytes.admit(0)).toThrow('overloaded')
    first.release()
    expect(() => heldBytes.admit(0).release()).not.toThrow()
    request.release()
    expect(() => heldBytes.admit(2 * REQUEST_BYTES)).toThrow('overloaded')
    second.release()
    heldBytes.admit(0)
    expect(() => heldBytes.admit(2 * REQUEST_BYTES)).not.toThrow()
  })

  it('lets go what several use once, when the last of them has', () => {
    const heldBytes = createHeldBytes(4 * REQUEST_BYTES)
    const source = heldBytes.admit(0).open()
    source.grow(2 * REQUEST_BYTES)
    const other = source.retain()
    source.release()
    source.release()
    expect(() => heldBytes.admit(REQUEST_BYTES)).toThrow('overloaded')
    other.release()
    expect(() => heldBytes.admit(REQUEST_BYTES)).not.toThrow()
  })

  it('counts an answer once for all who share its bytes, until the last of them has gone', () => {
    const answer = Buffer.alloc(100_000_000)
    const heldBytes = createHeldBytes(200_000_000)
    const readers = Array.from({ length: 10 }, () => heldBytes.admit(0))
    for (const reader of readers) reader.share(answer)
    const room = 60_000_000
    expect(() => heldBytes.admit(room).release()).not.toThrow()
    const [last, ...others] = readers
    for (const reader of others) reader.release()
    expect(() => heldBytes.admit(2 * room)).toThrow('overloaded')
    last?.release()
    expect(() => heldBytes.admit(3 * room)).not.toThrow()
  })

  it('counts what the system may copy for each who shares the bytes: they are not without number', () => {
    const answer = Buffer.alloc(100_000_000)
    const heldBytes = createHeldBytes(200_000_000)
    let readers = 0
    const more = () => {
      heldBytes.admit(0).share(answer)
      readers++
    }
    expect(() => {
      while (readers < 4000) more()
    }).toThrow('overloaded')
    expect(readers).toBeGreaterThan(20)
    expect(readers).toBeLessThan(30)
  })

  it('counts each of equal bytes that are in memory apart', () => {
    const heldBytes = createHeldBytes(200_000_000)
    heldBytes.admit(0).share(Buffer.alloc(100_000_000))
    heldBytes.admit(0).share(Buffer.alloc(100_000_000))
    expect(() => heldBytes.admit(0)).toThrow('overloaded')
  })
})
