import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ErrorObject } from 'ajv'
import * as z from 'zod'
import { type Container, KNATIVE_SERVICE, kindOf, type Manifest, podSpecOf } from './manifests.ts'

const { kinds, definitions } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'schemas.json'), 'utf8'),
)
const ajv = new Ajv({ allErrors: true, strict: false })
const validators = new Map(
  Object.entries<object>(kinds).map(([kind, schema]) => [
    kind,
    ajv.compile({ ...schema, definitions }),
  ]),
)

/** What a cluster with Knative would refuse in a manifest, or ignore: a line each, none when it is good. */
export function complaintsOf(manifest: Manifest): string[] {
  const kind = kindOf(manifest)
  const validate = validators.get(kind)
  if (!validate) return [`${kind} has no schema here; add it to make-schemas.ts`]
  validate(manifest)
  const unfit = (validate.errors ?? []).map(sentence)
  return kind === KNATIVE_SERVICE && unfit.length === 0 ? complaintsOfKnative(manifest) : unfit
}

function sentence({ instancePath, message, params }: ErrorObject): string {
  const name = params.additionalProperty
  return name ? `${instancePath}/${name} is no field here` : `${instancePath} ${message}`
}

/** The environment that Knative sets itself, and refuses to have set. */
const RESERVED_VARIABLES = new Set(['PORT', 'K_SERVICE', 'K_CONFIGURATION', 'K_REVISION'])

/** Where Knative's proxy listens, in the same pod. */
const RESERVED_PORTS = new Set([8008, 8012, 8013, 8022, 9090, 9091])

/** As pkg/apis/serving and pkg/apis/autoscaling of Knative have it; its schema says nothing of these. */
function complaintsOfKnative({ metadata, spec }: Manifest): string[] {
  const { annotations = {} } = metadata as { annotations?: Record<string, string> }
  const misplaced = Object.keys(annotations).filter((key) => /(autoscaling|queue)\./.test(key))
  const { template } = spec
  return [
    ...misplaced.map((key) => `${key} belongs to the template`),
    ...complaintsOfAnnotations(template.metadata?.annotations ?? {}),
    ...complaintsOfLimits(template.spec),
    ...podSpecOf({ spec } as Manifest).containers.flatMap(complaintsOfContainer),
  ]
}

function complaintsOfLimits(podSpec: Record<string, number | boolean>): string[] {
  const { containerConcurrency = 0, timeoutSeconds = 300 } = podSpec
  const { responseStartTimeoutSeconds = timeoutSeconds } = podSpec
  return [
    ...(Number(containerConcurrency) > 1000 ? ['containerConcurrency is over 1000'] : []),
    ...(Number(timeoutSeconds) > 600 ? ['timeoutSeconds is over the 600 of a cluster'] : []),
    ...(responseStartTimeoutSeconds > timeoutSeconds
      ? ['responseStartTimeoutSeconds is over timeoutSeconds']
      : []),
    ...(podSpec.automountServiceAccountToken === true
      ? ['automountServiceAccountToken may only be false']
      : []),
  ]
}

function complaintsOfContainer({ name, env = [], ports = [] }: Container): string[] {
  return [
    ...env
      .filter((one) => RESERVED_VARIABLES.has(one.name))
      .map((one) => `${one.name} is reserved`),
    ...(ports.length > 1 ? [`${name} has ${ports.length} ports`] : []),
    ...ports
      .filter(({ containerPort }) => RESERVED_PORTS.has(containerPort))
      .map(({ containerPort }) => `${containerPort} is reserved`),
    ...ports
      .filter((port) => !['', 'http1', 'h2c'].includes(port.name ?? ''))
      .map((port) => `a port cannot be named ${port.name}`),
  ]
}

function wholeNumber(min: number, max = 2 ** 31 - 1) {
  return z
    .string()
    .regex(/^-?\d+$/)
    .refine((text) => Number(text) >= min && Number(text) <= max, `from ${min} to ${max}`)
}

/** Whole seconds, in one unit. */
function duration(minSeconds: number, maxSeconds: number) {
  return z
    .string()
    .regex(/^\d+[smh]$/)
    .refine((text) => {
      const seconds = Number.parseInt(text, 10) * { s: 1, m: 60, h: 3600 }[text.at(-1) as 's']
      return seconds >= minSeconds && seconds <= maxSeconds
    }, `from ${minSeconds} s to ${maxSeconds} s`)
}

const quantityText = z.string().regex(/^\d+(\.\d+)?(m|Ki|Mi|Gi)?$/)

const HOUR = 3600

/** All that Knative knows of a revision; of a name that it does not know it says nothing. */
const annotationsSchema = z.strictObject(
  Object.fromEntries(
    Object.entries({
      'autoscaling.knative.dev/class': z.literal('kpa.autoscaling.knative.dev'),
      'autoscaling.knative.dev/metric': z.enum(['concurrency', 'rps']),
      'autoscaling.knative.dev/target': wholeNumber(1),
      'autoscaling.knative.dev/target-utilization-percentage': wholeNumber(1, 100),
      'autoscaling.knative.dev/target-burst-capacity': wholeNumber(-1),
      'autoscaling.knative.dev/window': duration(6, HOUR),
      'autoscaling.knative.dev/panic-window-percentage': wholeNumber(1, 100),
      'autoscaling.knative.dev/panic-threshold-percentage': wholeNumber(110, 1000),
      'autoscaling.knative.dev/min-scale': wholeNumber(0),
      'autoscaling.knative.dev/max-scale': wholeNumber(0),
      'autoscaling.knative.dev/initial-scale': wholeNumber(1),
      'autoscaling.knative.dev/activation-scale': wholeNumber(2),
      'autoscaling.knative.dev/scale-down-delay': duration(0, HOUR),
      'autoscaling.knative.dev/scale-to-zero-pod-retention-period': duration(0, HOUR),
      'features.knative.dev/http-full-duplex': z.literal('Enabled'),
      'serving.knative.dev/progress-deadline': duration(1, HOUR),
      'queue.sidecar.serving.knative.dev/cpu-resource-request': quantityText,
      'queue.sidecar.serving.knative.dev/cpu-resource-limit': quantityText,
      'queue.sidecar.serving.knative.dev/memory-resource-request': quantityText,
      'queue.sidecar.serving.knative.dev/memory-resource-limit': quantityText,
      'queue.sidecar.serving.knative.dev/ephemeral-storage-resource-request': quantityText,
      'queue.sidecar.serving.knative.dev/ephemeral-storage-resource-limit': quantityText,
    }).map(([name, value]) => [name, value.optional()]),
  ),
)

function complaintsOfAnnotations(annotations: Record<string, string>): string[] {
  const { error } = annotationsSchema.safeParse(annotations)
  const [min, max] = ['min-scale', 'max-scale'].map((name) =>
    Number(annotations[`autoscaling.knative.dev/${name}`] ?? 0),
  )
  return [
    ...(error?.issues ?? []).map(({ path, message }) => [...path, message].join(': ')),
    ...(max && min && min > max ? [`min-scale ${min} is over max-scale ${max}`] : []),
  ]
}
