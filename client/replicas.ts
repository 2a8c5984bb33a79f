import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { FUNCTION_NAMES, type FunctionName } from './answer-headers.ts'
import type { Clock } from './clock.ts'
import {
  COUNTED,
  type Counts,
  createKubeState,
  type KubeEvent,
  SERVICE_LABEL,
} from './kube-state.ts'

/** Where the functions run, in the words of kubectl. */
export type ClusterPlace = {
  namespace: string
  context?: string | undefined
  /** The name of the Knative Service of each function. */
  services: Record<FunctionName, string>
}

/** How far the replicas of a function were from this moment on. */
export type ReplicaChange = { atMs: number; name: FunctionName; counts: Counts }

/** The replicas of both functions as they come and go. */
export type Replicas = {
  counts: (name: FunctionName) => Counts
  /** Calls back after each change, until what this returns is called. */
  onChange: (listener: (change: ReplicaChange) => void) => () => void
  /** Resolves with a sentence when kubectl ends by itself, and what is known stays as it was. */
  lost: Promise<string>
  /** Ends kubectl. */
  stop: () => void
}

/** The replicas cannot be seen; the message is a sentence that says why. */
export class ReplicasUnknownError extends Error {
  override readonly name = 'ReplicasUnknownError'
}

/**
 * Watches the replicas by kubectl, with whatever access that has. Throws ReplicasUnknownError when there is
 * no kubectl, no access, or no such Knative Service.
 */
export async function watchReplicas(
  place: ClusterPlace,
  clock: Clock,
  kubectl = 'kubectl',
): Promise<Replicas> {
  const state = createKubeState()
  // A watch does not tell when it has told what there is, a list does.
  for (const object of await listAll(place, kubectl)) state.apply({ type: 'ADDED', object })
  const listeners = new Set<(change: ReplicaChange) => void>()
  const counts = (name: FunctionName) => state.countsOf(place.services[name])
  const last = new Map(FUNCTION_NAMES.map((name) => [name, counts(name)]))

  function take(line: string): void {
    const atMs = clock.nowMs()
    state.apply(JSON.parse(line))
    for (const name of FUNCTION_NAMES) {
      const now = counts(name)
      if (areEqual(now, last.get(name))) continue
      last.set(name, now)
      for (const listener of listeners) listener({ atMs, name, counts: now })
    }
  }

  // kubectl watches one kind at a time.
  const children = ['deployments', 'pods'].map((kind) => {
    const args = [...argumentsFor(place, kind), '--watch', '--output-watch-events']
    const child = spawn(kubectl, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    createInterface({ input: child.stdout }).on('line', take)
    return child
  })
  const lost = Promise.withResolvers<string>()
  void Promise.race(children.map(endOf)).then((how) => {
    if (!isStopped) lost.resolve(`kubectl ended (${how}); from here on replicas are not seen.`)
  })
  let isStopped = false
  return {
    counts,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    lost: lost.promise,
    stop() {
      isStopped = true
      listeners.clear()
      for (const child of children) child.kill()
    },
  }
}

function areEqual(counts: Counts, others: Counts | undefined): boolean {
  return COUNTED.every((each) => counts[each] === others?.[each])
}

function argumentsFor({ namespace, context, services }: ClusterPlace, kind: string): string[] {
  const names = FUNCTION_NAMES.map((name) => services[name]).join(',')
  return [
    ...(context === undefined ? [] : [`--context=${context}`]),
    ...[`--namespace=${namespace}`, 'get', kind],
    ...[`--selector=${SERVICE_LABEL} in (${names})`, '--output=json'],
  ]
}

/** All there is now. A Knative Service has a deployment also when it is at zero. */
async function listAll(place: ClusterPlace, kubectl: string): Promise<KubeEvent['object'][]> {
  const args = [...argumentsFor(place, 'deployments,pods'), '--request-timeout=10s']
  const { items }: { items: KubeEvent['object'][] } = JSON.parse(await outputOf(kubectl, args))
  const found = new Set(items.map(({ metadata }) => metadata.labels?.[SERVICE_LABEL]))
  const missing = FUNCTION_NAMES.find((name) => !found.has(place.services[name]))
  if (missing === undefined) return items
  throw new ReplicasUnknownError(
    `There is no Knative Service ${place.services[missing]} in namespace ${place.namespace}; ` +
      `--namespace, --context and --${missing} say where it is.`,
  )
}

function outputOf(kubectl: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(kubectl, args, { maxBuffer: MAX_LIST_BYTES }, (error, stdout, stderr) => {
      if (error) reject(toUnknown(error, stderr))
      else resolve(stdout)
    })
  })
}

/** Each deployment has some 20 kB, and old revisions have theirs. */
const MAX_LIST_BYTES = 64 * 2 ** 20

function toUnknown(error: Error, stderr: string): ReplicasUnknownError {
  const isMissing = 'code' in error && error.code === 'ENOENT'
  const said = (stderr.trim().split('\n').at(-1) || error.message).replace(/^error: /, '')
  const sentence = isMissing ? 'There is no kubectl on the path.' : `kubectl cannot look: ${said}`
  return new ReplicasUnknownError(sentence, { cause: error })
}

async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = await once(child, 'close')
    return signal ?? `exit code ${code}`
  } catch (error) {
    return String(error)
  }
}
