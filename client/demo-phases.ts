import { FUNCTION_NAMES, type FunctionName } from './answer-headers.ts'
import { keyHint } from './api-key.ts'
import { type Clock, waitUnlessStopped } from './clock.ts'
import type { DemoArguments } from './demo-arguments.ts'
import { PHASE_NAMES, type PhaseName, type Recording } from './demo-recording.ts'
import type { Exchange, Exchanger } from './exchange.ts'
import { STAGES } from './kube-state.ts'
import { keepPace, pauseAfterFailure } from './pace.ts'
import type { Pictures } from './pictures.ts'
import type { Replicas } from './replicas.ts'
import { isNoConnection, unreachable } from './service.ts'

/** What a demo is played with. */
export type Scene = {
  asked: Pick<DemoArguments, 'address' | 'burstSeconds' | 'silenceSeconds' | 'concurrency'>
  recording: Recording
  replicas: Replicas | undefined
  exchange: Exchanger
  pictures: Pick<Pictures, 'distinct'>
  /** The picture of the cold start and the hit. */
  first: readonly Uint8Array[]
  clock: Clock
  signal: AbortSignal
}

/** The demo cannot go on; the message is a sentence that says why. */
export class DemoError extends Error {
  override readonly name = 'DemoError'
}

/**
 * Plays all phases, noting each in the recording when it begins and calling back when it is over. Throws
 * UnreachableError and DemoError when the first picture has no result; rejects when the signal aborts.
 */
export async function playDemo(
  scene: Scene,
  began: (name: PhaseName) => void,
  ended: (name: PhaseName) => void,
): Promise<void> {
  const { recording, clock, signal } = scene
  for (const name of PHASE_NAMES) {
    signal.throwIfAborted()
    recording.phases.push({ name, fromMs: clock.nowMs() })
    began(name)
    await PHASES[name](scene)
    signal.throwIfAborted()
    recording.endMs = clock.nowMs()
    ended(name)
  }
}

const PHASES: Record<PhaseName, (scene: Scene) => Promise<void>> = {
  'to zero': reachNothing,
  'cold start': startFromZero,
  'image to zero': (scene) => reachZero(scene, ['image']),
  hit: askAgain,
  burst: sendMany,
  silence: (scene) => reachZero(scene, FUNCTION_NAMES),
}

/** Longer than any usual window; with min-scale above 0 there is never an end to it. */
const MAX_SECONDS_TO_ZERO = 300

/** Above the termination grace period of the api: what a pod that stops has in flight may take so long. */
const MAX_SECONDS_TO_LEAVE = 130

/** The answer comes before the cluster says that the pods are ready, which it looks for every second. */
const MAX_SECONDS_TO_READY = 10

/** Time enough to see that nothing was started. */
const SECONDS_AFTER_HIT = 3

/** Waits until nothing of these functions runs, or as long as was asked where that cannot be seen. */
async function reachZero(scene: Scene, names: readonly FunctionName[]): Promise<void> {
  const { replicas, recording, asked, clock, signal } = scene
  if (replicas && recording.seesReplicas) {
    const isAtZero = (name: FunctionName) =>
      STAGES.every((stage) => replicas.counts(name)[stage] === 0)
    await waitUntil(scene, replicas, () => names.every(isAtZero), MAX_SECONDS_TO_ZERO)
  } else {
    await waitUnlessStopped(clock, asked.silenceSeconds, signal)
  }
}

/** The same, and until no pod is left that could still answer, as one on its way out may. */
async function reachNothing(scene: Scene): Promise<void> {
  const { replicas } = scene
  await reachZero(scene, FUNCTION_NAMES)
  if (!replicas) return
  const areGone = () => FUNCTION_NAMES.every((name) => replicas.counts(name).leaving === 0)
  await waitUntil(scene, replicas, areGone, MAX_SECONDS_TO_LEAVE)
}

async function startFromZero(scene: Scene): Promise<void> {
  const { replicas } = scene
  await sendFirst(scene)
  if (!replicas) return
  const areReady = () => FUNCTION_NAMES.every((name) => replicas.counts(name).ready > 0)
  await waitUntil(scene, replicas, areReady, MAX_SECONDS_TO_READY)
}

async function askAgain(scene: Scene): Promise<void> {
  await sendFirst(scene)
  await waitUnlessStopped(scene.clock, SECONDS_AFTER_HIT, scene.signal)
}

async function sendMany(scene: Scene): Promise<void> {
  const { asked, pictures, clock, signal } = scene
  const pace = { concurrency: asked.concurrency }
  async function sendOne(dueMs: number): Promise<void> {
    try {
      const { failure } = await send(scene, pictures.distinct(), dueMs)
      if (failure) await pauseAfterFailure(clock, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
  await keepPace(pace, asked.burstSeconds * 1000, sendOne, clock, signal)
}

async function sendFirst(scene: Scene): Promise<void> {
  const { address } = scene.asked
  const { outcome, failure } = await send(scene, scene.first, scene.clock.nowMs())
  if (isNoConnection(failure)) throw unreachable(address.url, failure)
  if (outcome === 'ok') return
  const hint = keyHint(outcome, address)
  if (hint) throw new DemoError(`The picture was answered ${outcome}. ${hint}`)
  throw new DemoError(
    `The picture was answered ${outcome} and not with a result; is ${address.url} the address of the ` +
      `service${address.host === undefined ? ', or of a gateway that wants its --host' : ''}?`,
  )
}

async function send(
  { exchange, recording, signal }: Scene,
  picture: readonly Uint8Array[],
  dueMs: number,
): Promise<Exchange> {
  const done = await exchange(picture, dueMs, signal)
  recording.exchanges.push(done)
  return done
}

/** Waits until this is so, at most so long, and not when the replicas are lost from sight. */
async function waitUntil(
  { clock, signal }: Scene,
  replicas: Replicas,
  isSo: () => boolean,
  maxSeconds: number,
): Promise<void> {
  if (isSo()) return
  const so = new AbortController()
  const end = () => so.abort()
  const forget = replicas.onChange(() => isSo() && end())
  void replicas.lost.then(end)
  await waitUnlessStopped(clock, maxSeconds, AbortSignal.any([signal, so.signal]))
  forget()
}
