import { describe, expect, it } from 'vitest'
import { complaintsOf } from './check-manifest.ts'
import { baseAsWritten, KNATIVE_SERVICE, type Manifest, manifestOf } from './manifests.ts'

/** The image function after somebody's edit. */
function edited(edit: (service: Manifest, podSpec: Manifest['spec']) => void): Manifest {
  const service = manifestOf(baseAsWritten(), KNATIVE_SERVICE, 'image')
  edit(service, service.spec.template.spec)
  return service
}

function withAnnotation(name: string, value: unknown): Manifest {
  return edited(({ spec }) => {
    spec.template.metadata.annotations[name] = value
  })
}

describe('complaintsOf()', () => {
  it('has none of the image function as it is', () => {
    expect(complaintsOf(edited(() => {}))).toEqual([])
  })

  it.each<[string, Parameters<typeof edited>[0]]>([
    ['containerConcurency is no field', (_, podSpec) => (podSpec.containerConcurency = 1)],
    [
      'imagePullPolcy is no field',
      (_, podSpec) => (podSpec.containers[0].imagePullPolcy = 'Never'),
    ],
    ['containerConcurrency must be integer', (_, podSpec) => (podSpec.containerConcurrency = '1')],
    ["must have required property 'containers'", (_, podSpec) => delete podSpec.containers],
    [
      'env/4/value must be string',
      (_, podSpec) => podSpec.containers[0].env.push({ name: 'A', value: 1 }),
    ],
    ['initContainers is no field', (_, podSpec) => (podSpec.initContainers = [{ name: 'a' }])],
    ['securityContext is no field', (_, podSpec) => (podSpec.securityContext = { fsGroup: 1 })],
    ['nodeSelector is no field', (_, podSpec) => (podSpec.nodeSelector = { a: 'b' })],
    [
      'terminationGracePeriodSeconds is no field',
      (_, podSpec) => (podSpec.terminationGracePeriodSeconds = 9),
    ],
    ['lifecycle is no field', (_, podSpec) => (podSpec.containers[0].lifecycle = {})],
    [
      'hostPath is no field',
      (_, podSpec) => (podSpec.volumes = [{ name: 'a', hostPath: { path: '/' } }]),
    ],
    [
      'PORT is reserved',
      (_, podSpec) => podSpec.containers[0].env.push({ name: 'PORT', value: '1' }),
    ],
    [
      'K_SERVICE is reserved',
      (_, podSpec) => podSpec.containers[0].env.push({ name: 'K_SERVICE', value: 'a' }),
    ],
    ['8012 is reserved', (_, podSpec) => (podSpec.containers[0].ports[0].containerPort = 8012)],
    ['a port cannot be named http', (_, podSpec) => (podSpec.containers[0].ports[0].name = 'http')],
    ['image has 2 ports', (_, podSpec) => podSpec.containers[0].ports.push({ containerPort: 81 })],
    ['timeoutSeconds is over the 600', (_, podSpec) => (podSpec.timeoutSeconds = 601)],
    ['is over timeoutSeconds', (_, podSpec) => (podSpec.responseStartTimeoutSeconds = 46)],
    ['may only be false', (_, podSpec) => (podSpec.automountServiceAccountToken = true)],
    [
      'min-scale belongs to the template',
      ({ metadata }) =>
        Object.assign(metadata, { annotations: { 'autoscaling.knative.dev/min-scale': '1' } }),
    ],
    ['v2 Service has no schema here', (service) => (service.apiVersion = 'serving.knative.dev/v2')],
  ])('says: %s', (complaint, edit) => {
    expect(complaintsOf(edited((...service) => void edit(...service))).join('\n')).toContain(
      complaint,
    )
  })

  it('knows the kinds of Kubernetes', () => {
    const policy = manifestOf(baseAsWritten(), 'networking.k8s.io/v1 NetworkPolicy', 'names')
    expect(complaintsOf(policy)).toEqual([])
    const { egress, ...rest } = policy.spec
    expect(complaintsOf({ ...policy, spec: { ...rest, egres: egress } })).toEqual([
      '/spec/egres is no field here',
    ])
  })

  it.each([
    ['autoscaling.knative.dev/target-burst-capacity', '-2'],
    ['autoscaling.knative.dev/target-burst-capacity', -1],
    ['autoscaling.knative.dev/target-utilization-percentage', '0'],
    ['autoscaling.knative.dev/target-utilization-percentage', '101'],
    ['autoscaling.knative.dev/window', '5s'],
    ['autoscaling.knative.dev/window', '2h'],
    ['autoscaling.knative.dev/window', '60'],
    ['autoscaling.knative.dev/scale-down-delay', '61m'],
    ['autoscaling.knative.dev/max-scale', '-1'],
    ['autoscaling.knative.dev/min-scale', '21'],
    ['autoscaling.knative.dev/initial-scale', '0'],
    ['autoscaling.knative.dev/activation-scale', '1'],
    ['autoscaling.knative.dev/metric', 'cpu'],
    ['autoscaling.knative.dev/max-scales', '2'],
    ['queue.sidecar.serving.knative.dev/memory-resource-limit', '256MB'],
    ['features.knative.dev/http-full-duplex', 'true'],
  ])('complains about %s: %j', (name, value) => {
    const key = name.split('/').at(-1)
    expect(complaintsOf(withAnnotation(name, value)).join('\n')).toContain(key)
  })
})
