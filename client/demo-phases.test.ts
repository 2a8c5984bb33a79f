import { describe, expect, it } from 'vitest'
import { FUNCTION_NAMES, type FunctionName } from './answer-headers.ts'
import { DemoError, playDemo, type Scene } from './demo-phases.ts'
import type { Recording } from './demo-recording.ts'
import type { Exchange } from './exchange.ts'
import type { Counts } from './kube-state.ts'
import type { ReplicaChange, Replicas } from './replicas.ts'
import { UnreachableError } from './service.ts'
import { createTestClock } from './test-clock.ts'
import { exchangeAt } from './test-recording.ts'

/** Both functions, which something else scales. */
function createTestReplicas() {
  const all: Record<FunctionName, number> = { api: 0, image: 0 }
  const leaving: Record<FunctionName, number> = { api: 0, image: 0 }
  const listeners = new Set<(change: ReplicaChange) => void>()
  const lost = Promise.withResolvers<string>()
  const counts = (name: FunctionName): Counts => {
    const count = all[name]
    return { wanted: count, scheduled: count, started: count, ready: count, leaving: leaving[name] }
  }
  const replicas: Replicas = {
    counts,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    lost: lost.promise,
    stop: () => {},
  }
  function scale(name: FunctionName, count: number): void {
    all[name] = count
    leaving[name] = 0
    for (const listener of listeners) listener({ atMs: 0, name, counts: counts(name) })
  }
  function leave(name: FunctionName): void {
    all[name] = 0
    leaving[name] = 1
  }
  return { replicas, scale, leave }
}

/** A service on a cluster of its own that goes to zero whenever something waits, and the demo of it. */
function createTestScene(different: Partial<Scene> = {}, answer: Partial<Exchange> = {}) {
  const { replicas, scale, leave } = createTestReplicas()
  const events: string[] = []
  const clock = createTestClock((seconds) => {
    events.push(`waited ${seconds} s`)
    for (const name of FUNCTION_NAMES) scale(name, 0)
  })
  const recording: Recording = {
    ...{ startMs: 0, endMs: 0, phases: [], seesReplicas: true, changes: [], exchanges: [] },
  }
  let made = 0
  const scene: Scene = {
    asked: {
      address: { url: 'http://service' },
      ...{ burstSeconds: 1, silenceSeconds: 90, concurrency: 2 },
    },
    recording,
    replicas,
    async exchange([picture], dueMs) {
      events.push(`sent ${picture}`)
      for (const name of FUNCTION_NAMES) scale(name, 1)
      clock.advance(300)
      return exchangeAt(dueMs, { endedMs: clock.nowMs(), ...answer })
    },
    pictures: { distinct: () => [Buffer.from(`picture ${++made}`)] },
    first: [Buffer.from('the first picture')],
    clock,
    signal: new AbortController().signal,
    ...different,
  }
  const play = () =>
    playDemo(
      scene,
      (name) => events.push(name),
      () => {},
    )
  return { scene, events, play, scale, leave }
}

describe('playDemo()', () => {
  it('sends one picture from zero, the same when the image function is at zero, and then many', async () => {
    const { scene, events, play } = createTestScene()
    await play()
    const burst = events.slice(events.indexOf('burst') + 1, events.indexOf('silence'))
    expect(events.filter((event) => !burst.includes(event))).toEqual([
      'to zero',
      ...['cold start', 'sent the first picture'],
      ...['image to zero', 'waited 300 s'],
      ...['hit', 'sent the first picture', 'waited 3 s'],
      'burst',
      ...['silence', 'waited 300 s'],
    ])
    expect(burst.length).toBeGreaterThan(3)
    expect(burst).toEqual(burst.map((_, at) => `sent picture ${at + 1}`))
    expect(scene.recording.exchanges).toHaveLength(burst.length + 2)
  })

  it('waits for zero before it begins', async () => {
    const { events, play, scale } = createTestScene()
    scale('api', 1)
    await play()
    expect(events.slice(0, 3)).toEqual(['to zero', 'waited 300 s', 'cold start'])
  })

  it('waits until a pod on its way out, which could still answer, is gone', async () => {
    const { events, play, leave } = createTestScene()
    leave('api')
    await play()
    expect(events.slice(0, 3)).toEqual(['to zero', 'waited 130 s', 'cold start'])
  })

  it('sends nothing for as long as was asked where replicas are not seen', async () => {
    const { scene, events, play } = createTestScene({ replicas: undefined })
    scene.recording.seesReplicas = false
    await play()
    expect(events.filter((event) => event === 'waited 90 s')).toHaveLength(3)
    expect(events).not.toContain('waited 300 s')
  })

  it('ends with a sentence when the first picture has no result', async () => {
    const { events, play } = createTestScene({}, { outcome: 'HTTP 404' })
    await expect(play()).rejects.toThrow(DemoError)
    expect(events).not.toContain('image to zero')
  })

  it('says how to give a key when the first picture is unauthorized without one', async () => {
    const { play } = createTestScene({}, { outcome: 'unauthorized' })
    await expect(play()).rejects.toThrow(
      'The picture was answered unauthorized. No key was given; have yours in the variable IMAGE_API_KEY.',
    )
  })

  it('ends where nothing answers', async () => {
    const failure = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
    const { play } = createTestScene({}, { outcome: 'ECONNREFUSED', failure })
    await expect(play()).rejects.toThrow(UnreachableError)
  })

  it('ends when it is stopped', async () => {
    const stop = new AbortController()
    const { scene, events, play } = createTestScene({ signal: stop.signal })
    const { exchange } = scene
    scene.exchange = async (...args) => {
      if (events.includes('burst')) stop.abort()
      return exchange(...args)
    }
    await expect(play()).rejects.toThrow('aborted')
    expect(events).not.toContain('silence')
  })
})
