import { keyHint, withApiKey } from './api-key.ts'
import { monotonicClock } from './clock.ts'
import type { Command, Surroundings } from './command.ts'
import { createExchanger, type Exchange } from './exchange.ts'
import { flagsToHelp } from './flags.ts'
import { type LoadArguments, loadFlags, parseLoadArguments } from './load-arguments.ts'
import { createLoadProgress } from './load-progress.ts'
import { type LoadRun, loadHeadline, loadReport, loadReportJson } from './load-report.ts'
import { oneLine } from './one-line.ts'
import { optionsHelp } from './option-flags.ts'
import { keepPace, pauseAfterFailure } from './pace.ts'
import { createPictures, type Pictures } from './pictures.ts'
import { isNoConnection, type UnreachableError, unreachable } from './service.ts'
import { createTally } from './tally.ts'

/** Sends pictures at a pace and says how the service bore it. */
export const load: Command = {
  summary: 'send pictures at a pace and say how the service bore it',
  usage: '[options]',
  help: `With --rate requests are sent in time whatever the answers do, and the latency of each counts from
when it was due: a service that stands still for a second is seen to. With --concurrency each request waits
for the answer to another, so a slow service is asked less.

Each picture is a JPEG that is made, or one of yours. Distinct ones differ in a comment, so that each has a
SHA-256 of its own and all are the same work; with --pictures equal the work is done once.

Refusals are counted and not repeated. Ctrl-C ends the run with the report so far. The exit code is 0, also
when requests failed, 1 when nothing answers, 2 when the call is not understood.

${flagsToHelp(loadFlags)}

${optionsHelp}`,
  run,
}

async function run(args: string[], surroundings: Surroundings): Promise<number> {
  const parsed = parseLoadArguments(args)
  const asked = { ...parsed, address: withApiKey(parsed.address, surroundings.apiKey) }
  const pictures = await createPictures(asked.from)
  const { stdout, stderr } = surroundings
  if (!asked.json) stdout.write(oneLine(loadHeadline(asked, pictures)))
  const { unreachable, ...loadRun } = await sendAll(asked, pictures, surroundings)
  if (unreachable) {
    stderr.write(oneLine(unreachable.message))
    return 1
  }
  if (asked.json) stdout.write(`${JSON.stringify(loadReportJson(loadRun), undefined, 2)}\n`)
  else for (const line of loadReport(loadRun)) stdout.write(oneLine(line))
  for (const [outcome] of loadRun.tally.outcomes()) {
    const hint = keyHint(outcome, asked.address)
    if (hint) stderr.write(oneLine(hint))
  }
  return 0
}

/** Sends for as long as was asked, or until it is stopped or nothing answers. */
async function sendAll(
  asked: LoadArguments,
  pictures: Pictures,
  { stderr, signal }: Surroundings,
): Promise<LoadRun & { unreachable?: UnreachableError }> {
  const clock = monotonicClock
  const exchange = createExchanger(asked.address, asked.query, pictures.type, clock)
  const nobody = new AbortController()
  const stop = AbortSignal.any([signal, nobody.signal])
  const tally = createTally()
  let notFinished = 0

  /** Where nobody ever answered there is nothing to measure; later it is an outcome like others. */
  function leaveIfNobody({ failure }: Exchange): void {
    if (tally.requests() > 0 || !isNoConnection(failure)) return
    nobody.abort(unreachable(asked.address.url, failure))
  }

  async function sendOne(dueMs: number): Promise<void> {
    try {
      const done = await exchange(pictures[asked.pictures](), dueMs, stop)
      leaveIfNobody(done)
      tally.record(done)
      if ('concurrency' in asked.pace && done.failure) await pauseAfterFailure(clock, stop)
    } catch (error) {
      if (!stop.aborted) throw error
      notFinished++
    }
  }

  const startedMs = clock.nowMs()
  const progress = createLoadProgress(asked.seconds, tally, stderr)
  await keepPace(asked.pace, asked.seconds * 1000, sendOne, clock, stop)
  progress.stop()
  return {
    ...{ asked, pictures, tally, notFinished, elapsedMs: clock.nowMs() - startedMs },
    ...(nobody.signal.aborted && { unreachable: nobody.signal.reason }),
  }
}
