/** The manifests of the service, and what the tests change in them. */
import { join } from 'node:path'
import { kubectl } from './test-kubectl.ts'

const OVERLAY = join(import.meta.dirname, 'overlays', 'ephemeral')
const NAMESPACE = 'image-preprocessing'

export type EnvVariable = { name: string; value?: string; valueFrom?: unknown }

/** The template of a function: what a revision of it is made from. */
export type Template = {
  metadata: { annotations: Record<string, string> }
  spec: { timeoutSeconds: number; containers: [{ name: string; env: EnvVariable[] }] }
}

export type Manifest = {
  kind: string
  metadata: { name: string; namespace?: string }
  spec?: { template?: Template }
}

/** The images in the place of those that the manifests name. */
export type Images = { api: string; image: string; minio: string }

/** What is deployed where there are no volumes, as it is rendered for deploying, but in this namespace. */
export async function renderManifests(
  context: string,
  namespace: string,
  images: Images,
): Promise<Manifest[]> {
  const yaml = await kubectl(context, ['kustomize', OVERLAY])
  const json = await kubectl(context, ['create', '--dry-run=client', '-o', 'json', '-f', '-'], yaml)
  // kubectl writes one object after the other.
  const objects: Manifest[] = JSON.parse(
    `[${json.replaceAll(/^\}\s*^\{/gm, '},{')}]`,
    (_, value) => (typeof value === 'string' ? placed(value, namespace, images) : value),
  )
  for (const { kind, metadata } of objects) {
    if (kind === 'Namespace') metadata.name = namespace
    else metadata.namespace = namespace
  }
  return objects
}

function placed(text: string, namespace: string, images: Images): string {
  if (text === 'dev.local/api:1') return images.api
  if (text === 'dev.local/image:1') return images.image
  if (text.startsWith('quay.io/minio/minio:')) return images.minio
  return text.replace(`.${NAMESPACE}.svc.`, `.${namespace}.svc.`)
}

/** The template of a function, to be read or changed. */
export function templateOf(manifests: Manifest[], service: 'api' | 'image'): Template {
  const found = manifests.find(
    ({ kind, metadata, spec }) =>
      kind === 'Service' && metadata.name === service && spec?.template !== undefined,
  )
  if (!found?.spec?.template) throw new Error(`No manifest of the function ${service}`)
  return found.spec.template
}

/** Applies manifests; resolves to a line for each object: `created`, `configured` or `unchanged`. */
export async function applyManifests(
  context: string,
  manifests: readonly Manifest[],
): Promise<string[]> {
  const list = { apiVersion: 'v1', kind: 'List', items: manifests }
  const output = await kubectl(context, ['apply', '-f', '-'], JSON.stringify(list))
  return output.trim().split('\n')
}

/** Gives a function another value of a variable of its. */
export function setVariable(template: Template, variable: EnvVariable): void {
  const { env } = template.spec.containers[0]
  template.spec.containers[0].env = [...env.filter(({ name }) => name !== variable.name), variable]
}
