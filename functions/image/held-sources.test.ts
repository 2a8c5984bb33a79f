import { describe, expect, it } from 'vitest'
import { createHeldSources } from './held-sources.ts'

const REFUSED = expect.objectContaining({ code: 'overloaded', headers: { 'Retry-After': '1' } })

describe('createHeldSources()', () => {
  it('holds up to its bytes and refuses one more, with Retry-After', () => {
    const sources = createHeldSources(100)
    const [one, other] = [sources.hold(60), sources.hold(0)]
    one.grow(60)
    other.grow(40)
    expect(() => other.grow(1)).toThrow(REFUSED)
    expect(() => one.grow(1)).toThrow(REFUSED)
  })

  it('refuses what announces more than there is room for, before it arrives', () => {
    const sources = createHeldSources(100)
    sources.hold(60).grow(60)
    expect(() => sources.hold(41)).toThrow(REFUSED)
    expect(() => sources.hold(40)).not.toThrow()
  })

  it('keeps no room for what is only announced', () => {
    const sources = createHeldSources(100)
    for (let i = 0; i < 10; i++) sources.hold(100)
    expect(() => sources.hold(100).grow(100)).not.toThrow()
  })

  it('has room again when a source is let go', () => {
    const sources = createHeldSources(100)
    const [one, other] = [sources.hold(60), sources.hold(40)]
    one.grow(60)
    other.grow(40)
    one.letGo()
    expect(() => other.grow(60)).not.toThrow()
    expect(() => other.grow(1)).not.toThrow()
    expect(() => sources.hold(1)).toThrow(REFUSED)
  })

  it('holds nothing that arrives after its source was let go', () => {
    const sources = createHeldSources(100)
    const gone = sources.hold(0)
    gone.letGo()
    gone.grow(100)
    gone.letGo()
    expect(() => sources.hold(100).grow(100)).not.toThrow()
    expect(() => sources.hold(1)).toThrow(REFUSED)
  })

  it('holds a source alone, however large it is', () => {
    const sources = createHeldSources(0)
    const alone = sources.hold(1000)
    alone.grow(1000)
    expect(() => sources.hold(1)).toThrow(REFUSED)
    alone.letGo()
    expect(() => sources.hold(1000)).not.toThrow()
  })
})
