import { FUNCTION_NAMES } from './answer-headers.ts'
import { withApiKey } from './api-key.ts'
import { monotonicClock } from './clock.ts'
import type { Command, Surroundings } from './command.ts'
import { type DemoArguments, demoFlags, parseDemoArguments } from './demo-arguments.ts'
import { DemoError, playDemo, type Scene } from './demo-phases.ts'
import type { Recording } from './demo-recording.ts'
import { demoReport } from './demo-report.ts'
import { PHASE_WORDS, phaseSummary } from './demo-summary.ts'
import { createDemoView, type DemoView } from './demo-view.ts'
import { createExchanger } from './exchange.ts'
import { FileError } from './file-error.ts'
import { flagsToHelp } from './flags.ts'
import { oneLine } from './one-line.ts'
import { createPictures } from './pictures.ts'
import {
  type ClusterPlace,
  type Replicas,
  ReplicasUnknownError,
  watchReplicas,
} from './replicas.ts'
import { writeResult } from './result-file.ts'
import { UnreachableError } from './service.ts'

/** Shows a service on Knative going from zero up and back to zero. */
export const demo: Command = {
  summary: 'show a service on Knative going from zero up and back to zero',
  usage: '[options]',
  help: `Waits until both functions are at zero. Sends one picture: the cold start, step by step. Waits until
the image function is at zero, and sends the same picture again: a hit, for which it stays there. Sends distinct
pictures until the autoscaler reacts, and then nothing until both are at zero again. It takes some minutes.

The replicas are those that kubectl sees, with the access that it has. Without it the demo goes on with what the
answers say, and nothing is sent for --silence-seconds where it would wait for zero.

Ctrl-C ends it with what there is so far. The exit code is 0 when all was played, 1 when the first picture has
no result or the report cannot be written, 2 when the call is not understood.

${flagsToHelp(demoFlags)}`,
  run,
}

async function run(args: string[], surroundings: Surroundings): Promise<number> {
  const parsed = await parseDemoArguments(args)
  const asked = { ...parsed, address: withApiKey(parsed.address, surroundings.apiKey) }
  const pictures = await createPictures(asked.from)
  const recording = newRecording()
  const view = createDemoView(recording, surroundings.stdout)
  const replicas = await seeReplicas(asked.place, recording, view, surroundings.signal)
  const ticking = setInterval(() => view.tick(clock.nowMs()), 1000)
  const complaints: string[] = []
  try {
    const { signal } = surroundings
    const exchange = createExchanger(asked.address, '', pictures.type, clock)
    const first = pictures.distinct()
    const scene = { asked, recording, replicas, exchange, pictures, first, clock, signal }
    complaints.push(...(await playUntilStopped(scene, view)))
  } finally {
    clearInterval(ticking)
    view.stop()
    replicas?.stop()
  }
  complaints.push(...(await writeReport(asked.report, recording, view)))
  for (const complaint of complaints) surroundings.stderr.write(oneLine(complaint))
  return complaints.length === 0 ? 0 : 1
}

const clock = monotonicClock

function newRecording(): Recording {
  const startMs = clock.nowMs()
  return { startMs, endMs: startMs, phases: [], seesReplicas: false, changes: [], exchanges: [] }
}

/** Has the replicas recorded, if they can be seen, and says it if they cannot. */
async function seeReplicas(
  place: ClusterPlace,
  recording: Recording,
  view: DemoView,
  signal: AbortSignal,
): Promise<Replicas | undefined> {
  try {
    const replicas = await watchReplicas(place, clock)
    recording.seesReplicas = true
    for (const name of FUNCTION_NAMES) {
      recording.changes.push({ atMs: recording.startMs, name, counts: replicas.counts(name) })
    }
    replicas.onChange((change) => recording.changes.push(change))
    void replicas.lost.then((sentence) => {
      // Ctrl-C ends kubectl, too.
      if (signal.aborted) return
      recording.seesReplicas = false
      view.say(sentence)
    })
    return replicas
  } catch (error) {
    if (!(error instanceof ReplicasUnknownError)) throw error
    view.say(`${error.message} The demo goes on without replicas.`)
    return undefined
  }
}

/** Plays the demo and says what was seen; resolves with why it could not be played to its end. */
async function playUntilStopped(scene: Scene, view: DemoView): Promise<string[]> {
  const { recording, signal } = scene
  const say = (lines: string[]) => {
    for (const line of lines) view.say(`  ${line}`)
  }
  try {
    await playDemo(
      scene,
      (name) => view.say(`${name}: ${PHASE_WORDS[name]}`),
      (name) => say(phaseSummary(recording, name)),
    )
    return []
  } catch (error) {
    recording.endMs = clock.nowMs()
    if (error instanceof DemoError || error instanceof UnreachableError) return [error.message]
    if (!signal.aborted) throw error
    const last = recording.phases.at(-1)
    if (last) say(phaseSummary(recording, last.name))
    return ['Stopped before the end.']
  }
}

/** Writes the report, if one was asked for; resolves with why it could not be written. */
async function writeReport(
  report: DemoArguments['report'],
  recording: Recording,
  view: DemoView,
): Promise<string[]> {
  if (!report) return []
  try {
    await writeResult(report.path, Buffer.from(demoReport(recording, report.kind)))
    view.say(`The report is in ${report.path}.`)
    return []
  } catch (error) {
    if (error instanceof FileError) return [error.message]
    throw error
  }
}
