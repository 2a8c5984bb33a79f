/**
 * Makes schemas.json anew: `node knative/make-schemas.ts`, with Go to fetch the sources of Kubernetes and
 * of Knative Serving. What stays of them is what a cluster refuses: names and types of fields. A field
 * behind a feature flag of Knative is left out, as the flag is off unless somebody turned it on.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

const KUBERNETES = 'k8s.io/kubernetes@v1.34.9'
const KNATIVE = 'knative.dev/serving@v0.50.0'

/** Where Kubernetes describes the kinds that the manifests have, besides those of Knative. */
const KUBERNETES_KINDS = {
  'v1 Namespace': ['api__v1', 'io.k8s.api.core.v1.Namespace'],
  'v1 PersistentVolumeClaim': ['api__v1', 'io.k8s.api.core.v1.PersistentVolumeClaim'],
  'v1 Service': ['api__v1', 'io.k8s.api.core.v1.Service'],
  'apps/v1 Deployment': ['apis__apps__v1', 'io.k8s.api.apps.v1.Deployment'],
  'batch/v1 Job': ['apis__batch__v1', 'io.k8s.api.batch.v1.Job'],
  'networking.k8s.io/v1 NetworkPolicy': [
    'apis__networking.k8s.io__v1',
    'io.k8s.api.networking.v1.NetworkPolicy',
  ],
} as const

const KNATIVE_KIND = 'serving.knative.dev/v1 Service'

type Schema = { [key: string]: unknown; properties?: Record<string, unknown>; $ref?: string }

const definitions: Record<string, unknown> = {}
const kinds: Record<string, unknown> = { [KNATIVE_KIND]: knativeService() }
for (const [kind, [file, name]] of Object.entries(KUBERNETES_KINDS)) {
  const path = join(sourcesOf(KUBERNETES), `api/openapi-spec/v3/${file}_openapi.json`)
  const { components } = JSON.parse(readFileSync(path, 'utf8'))
  kinds[kind] = { $ref: `#/definitions/${name}` }
  addDefinition(name, components.schemas)
}

const lines = Object.entries(definitions).map(line)
writeFileSync(
  join(import.meta.dirname, 'schemas.json'),
  `{
"from": ${JSON.stringify([KUBERNETES, KNATIVE])},
"kinds": {
${Object.entries(kinds).map(line).join(',\n')}
},
"definitions": {
${lines.join(',\n')}
}
}
`,
)

function line([name, schema]: [string, unknown]): string {
  return `${JSON.stringify(name)}: ${JSON.stringify(schema)}`
}

function sourcesOf(module: string): string {
  const told = execFileSync('go', ['mod', 'download', '-json', module], { encoding: 'utf8' })
  return JSON.parse(told).Dir
}

function knativeService(): unknown {
  const path = join(sourcesOf(KNATIVE), 'config/core/300-resources/service.yaml')
  const [version] = parse(readFileSync(path, 'utf8')).spec.versions
  const { properties, ...schema } = version.schema.openAPIV3Schema
  // Kubernetes itself checks the metadata of an object.
  const metadata = { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }
  return strict({ ...schema, properties: { ...properties, metadata } })
}

/** A definition, and all that it refers to. */
function addDefinition(name: string, all: Record<string, unknown>): void {
  if (name in definitions) return
  const schema = strict(all[name])
  definitions[name] = schema
  for (const [, referred] of JSON.stringify(schema).matchAll(/#\/definitions\/([^"]+)/g)) {
    if (referred) addDefinition(referred, all)
  }
}

/** Without what only explains, and with no fields besides those named. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict)
  if (typeof schema !== 'object' || schema === null) return schema
  const { properties, additionalProperties, items, allOf, anyOf, oneOf, $ref, ...rest } =
    schema as Schema
  const kept = Object.entries(rest).filter(([key]) => ['type', 'required', 'enum'].includes(key))
  const fields = properties && Object.entries(properties).filter(([, field]) => isAllowed(field))
  const parts = Object.entries({ additionalProperties, items, allOf, anyOf, oneOf })
  return {
    ...Object.fromEntries(kept),
    ...($ref && { $ref: $ref.replace('components/schemas', 'definitions') }),
    ...Object.fromEntries(
      parts.filter(([, part]) => part !== undefined).map(([key, part]) => [key, strict(part)]),
    ),
    ...(fields && {
      properties: Object.fromEntries(fields.map(([name, field]) => [name, strict(field)])),
      additionalProperties: false,
    }),
  }
}

/** The one flag that is on from the start is that of emptyDir. */
function isAllowed(field: unknown): boolean {
  const { description = '' } = field as { description?: string }
  return !description.includes('feature flag') || description.includes('volumes-emptydir')
}
