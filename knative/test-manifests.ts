import { inject } from 'vitest'
import {
  baseAsWritten,
  type Container,
  findKustomize,
  HOW_TO_GET_KUSTOMIZE,
  KNATIVE_SERVICE,
  KUSTOMIZATIONS,
  type Manifest,
  type ManifestSet,
  manifestOf,
  podSpecOf,
  quantity,
  render,
} from './manifests.ts'

/** Where CI runs it may not be missing: `render` then says how to get it. */
const canRender = findKustomize() !== undefined || inject('ci')
if (!canRender) {
  console.warn(`Manifests are not rendered; to check them so, too: ${HOW_TO_GET_KUSTOMIZE}`)
}

/** The manifests as they stand in base, and as they come to a cluster. */
export const MANIFEST_SETS: ManifestSet[] = [
  baseAsWritten(),
  ...(canRender ? KUSTOMIZATIONS.map(render) : []),
]

/** One of the two functions, as a set of manifests has it. */
export function functionOf(set: ManifestSet, name: 'api' | 'image') {
  const service = manifestOf(set, KNATIVE_SERVICE, name)
  const { metadata, spec } = service.spec.template
  const container: Container = spec.containers[0]
  const env = environmentOf(container)
  const annotation = (key: string) => metadata.annotations[`autoscaling.knative.dev/${key}`]
  return { service, spec, container, env, annotation, memory: memoryLimit(container) }
}

/** The variables that have their value in the manifest; those of a Secret have it elsewhere. */
export function environmentOf({ env = [] }: Container): Record<string, string> {
  return Object.fromEntries(
    env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
  )
}

function memoryLimit({ resources }: Container): number {
  return quantity(resources?.limits.memory ?? '')
}

export function containersOf(manifest: Manifest): Container[] {
  return podSpecOf(manifest)?.containers ?? []
}
