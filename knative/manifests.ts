import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { findGoProgram } from '../functions/go-program.ts'

/** What a file says of one object of a cluster, or what kustomize made of it. */
export type Manifest = {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Record<string, string> }
  // biome-ignore lint/suspicious/noExplicitAny: each kind has a spec of its own, and schemas.json knows it.
  spec?: any
}

/** The objects that one `kubectl apply` brings to a cluster. */
export type ManifestSet = { name: string; manifests: Manifest[] }

export const KNATIVE_SERVICE = 'serving.knative.dev/v1 Service'

const FOLDER = import.meta.dirname

/** The folders that kustomize can render. */
export const KUSTOMIZATIONS = globSync('{base,overlays/*}/kustomization.yaml', { cwd: FOLDER })
  .map((path) => path.replace(/\/kustomization\.yaml$/, ''))
  .sort()

/** All files of manifests, those of kustomize included. */
export const FILES = globSync('**/*.yaml', { cwd: FOLDER }).sort()

/** The documents of a file. Throws for what is no YAML 1.2, a key that stands twice included. */
export function readManifests(file: string): Manifest[] {
  return parseAllDocuments(textOf(file)).map((document) => {
    if (document.errors[0]) throw document.errors[0]
    return document.toJS()
  })
}

export function textOf(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8')
}

/** The files that base names, as they stand there. */
export function baseAsWritten(): ManifestSet {
  const { resources } = parse(textOf('base/kustomization.yaml'))
  const manifests = resources.flatMap((file: string) => readManifests(`base/${file}`))
  return { name: 'base as written', manifests }
}

export const HOW_TO_GET_KUSTOMIZE =
  'go install sigs.k8s.io/kustomize/kustomize/v5@v5.7.1 (about a minute), or kubectl'

/** Where a program with kustomize is. */
export function findKustomize(): string | undefined {
  return findGoProgram('kustomize') ?? findGoProgram('kubectl')
}

/** What kustomize makes of a folder. Throws what it says when it refuses something. */
export function render(folder: string): ManifestSet {
  const program = findKustomize()
  if (!program) throw new Error(`kustomize is not installed; ${HOW_TO_GET_KUSTOMIZE}`)
  const command = program.endsWith('kubectl') ? 'kustomize' : 'build'
  const { status, stdout, stderr } = spawnSync(program, [command, folder], {
    cwd: FOLDER,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return {
    name: `${folder} rendered`,
    manifests: parseAllDocuments(stdout).map((one) => one.toJS()),
  }
}

/** The one manifest of a kind and a name. */
export function manifestOf({ name: set, manifests }: ManifestSet, kind: string, name: string) {
  const found = manifests.filter((one) => kindOf(one) === kind && one.metadata.name === name)
  if (found.length !== 1 || !found[0]) throw new Error(`${set} has ${found.length} ${kind} ${name}`)
  return found[0]
}

export function kindOf({ apiVersion, kind }: Manifest): string {
  return `${apiVersion} ${kind}`
}

/** What is common to all containers here. */
export type Container = {
  name: string
  image: string
  imagePullPolicy?: string
  args?: string[]
  command?: string[]
  env?: { name: string; value?: string; valueFrom?: unknown }[]
  ports?: { name?: string; containerPort: number }[]
  resources?: Record<'requests' | 'limits', Record<string, string>>
  securityContext?: Record<string, unknown>
}

/** The specification of the pods that an object makes, where it makes some. */
export function podSpecOf(manifest: Manifest) {
  return manifest.spec?.template?.spec
}

/** A quantity of Kubernetes as a number: of bytes, of cores. */
export function quantity(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(m|k|M|G|Ki|Mi|Gi)?$/.exec(text) ?? []
  if (digits === undefined) throw new Error(`${text} is no quantity`)
  return Number(digits) * UNITS[(unit ?? '') as keyof typeof UNITS]
}

const UNITS = { '': 1, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 }
