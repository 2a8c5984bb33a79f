/** What `kubectl get --watch --output-watch-events -o json` prints about one object; what is read of it. */
export type KubeEvent = {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  object: {
    kind: string
    metadata: { uid: string; labels?: Record<string, string>; deletionTimestamp?: string }
    spec?: { replicas?: number }
    status?: {
      conditions?: { type: string; status: string }[]
      containerStatuses?: { state?: { running?: object } }[]
    }
  }
}

/**
 * How far the replicas of a Knative Service are. Pods that are on their way out are counted apart: they
 * still answer, when a request reaches them.
 */
export type Counts = {
  wanted: number
  scheduled: number
  started: number
  ready: number
  leaving: number
}

/** Each is reached after the one before. */
export const STAGES = ['wanted', 'scheduled', 'started', 'ready'] as const

/** The label of everything that belongs to a Knative Service. */
export const SERVICE_LABEL = 'serving.knative.dev/service'

/** Deployments and pods as the events so far left them. */
export type KubeState = {
  apply: (event: KubeEvent) => void
  /** The sum over all revisions of a Knative Service. */
  countsOf: (service: string) => Counts
}

type Counted = { service: string; counts: Counts }

/** Nothing seen yet. */
export function createKubeState(): KubeState {
  const objects = new Map<string, Counted>()
  return {
    apply({ type, object }) {
      const { uid, labels = {} } = object.metadata
      const service = labels[SERVICE_LABEL]
      if (type === 'DELETED' || service === undefined) objects.delete(uid)
      else objects.set(uid, { service, counts: countsIn(object) })
    },
    countsOf(service) {
      const sum = { ...NONE }
      for (const { service: owner, counts } of objects.values()) {
        if (owner === service) for (const each of COUNTED) sum[each] += counts[each]
      }
      return sum
    },
  }
}

export const NONE: Counts = { wanted: 0, scheduled: 0, started: 0, ready: 0, leaving: 0 }

export const COUNTED = [...STAGES, 'leaving'] as const

/** What one object adds. */
function countsIn({ kind, metadata, spec, status }: KubeEvent['object']): Counts {
  if (kind === 'Deployment') return { ...NONE, wanted: spec?.replicas ?? 0 }
  if (kind !== 'Pod') return NONE
  if (metadata.deletionTimestamp) return { ...NONE, leaving: 1 }
  const isTrue = (condition: string) =>
    (status?.conditions ?? []).some((each) => each.type === condition && each.status === 'True')
  const containers = status?.containerStatuses ?? []
  const isStarted = containers.length > 0 && containers.every(({ state }) => state?.running)
  return {
    ...NONE,
    scheduled: isTrue('PodScheduled') ? 1 : 0,
    started: isStarted ? 1 : 0,
    ready: isTrue('Ready') ? 1 : 0,
  }
}
