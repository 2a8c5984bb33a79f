import { BlockList } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { KNATIVE_SERVICE, type ManifestSet, manifestOf, podSpecOf } from './manifests.ts'
import { MANIFEST_SETS } from './test-manifests.ts'

type Labels = Record<string, string>
type Selector = {
  matchLabels?: Labels
  matchExpressions?: { key: string; operator: string; values: string[] }[]
}
type Peer = {
  podSelector?: Selector
  namespaceSelector?: Selector
  ipBlock?: { cidr: string; except?: string[] }
}
type Rule = { from?: Peer[]; to?: Peer[]; ports?: { port: number; protocol?: string }[] }

/** The labels of pods; that of Knative is on those of a Service. */
const API = { 'serving.knative.dev/service': 'api' }
const IMAGE = { 'serving.knative.dev/service': 'image' }
const MINIO = { 'app.kubernetes.io/name': 'minio' }
const BUCKET = { 'app.kubernetes.io/name': 'minio-bucket' }

const DNS = {
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ],
  ports: [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
  ],
}

const TO_MINIO = {
  to: [{ podSelector: { matchLabels: MINIO } }],
  ports: [{ port: 9000, protocol: 'TCP' }],
}

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      if (operator !== 'In') throw new Error(`${operator} is not understood here`)
      return values.includes(labels[key] ?? '')
    })
  )
}

/** What the policies let a pod do in one direction; `undefined` when they leave it open. */
function rulesFor(
  set: ManifestSet,
  labels: Labels,
  direction: 'Ingress' | 'Egress',
): Rule[] | undefined {
  const policies = set.manifests
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .map(({ spec }) => spec)
    .filter((spec) => spec.policyTypes.includes(direction) && selects(spec.podSelector, labels))
  if (policies.length === 0) return undefined
  return policies.flatMap((spec) => spec[direction === 'Ingress' ? 'ingress' : 'egress'] ?? [])
}

/** What a pod may call besides asking for names, which all may: kustomize sorts the policies. */
function besidesNames(set: ManifestSet, labels: Labels): Rule[] {
  const rules = rulesFor(set, labels, 'Egress') ?? []
  const others = rules.filter((rule) => !isDeepStrictEqual(rule, DNS))
  expect(rules.length - others.length).toBe(1)
  return others
}

function ports({ ports = [] }: Rule): number[] {
  return ports.map(({ port }) => port)
}

/** Whether one of the rules lets an address be called. */
function reaches(rules: Rule[], address: string, port: number): boolean {
  return rules.some(
    (rule) => ports(rule).includes(port) && rule.to?.some((peer) => covers(peer, address)),
  )
}

function covers({ ipBlock }: Peer, address: string): boolean {
  if (!ipBlock) return false
  return inNetworks([ipBlock.cidr], address) && !inNetworks(ipBlock.except ?? [], address)
}

function inNetworks(networks: string[], address: string): boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [first = '', bits] = network.split('/')
    list.addSubnet(first, Number(bits), first.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list.check(address, address.includes(':') ? 'ipv6' : 'ipv4')
}

describe.each(MANIFEST_SETS)('network policies of $name', (set) => {
  it.each([API, IMAGE, MINIO, BUCKET, { any: 'other' }])(
    'close both directions of %j',
    (labels) => {
      expect(rulesFor(set, labels, 'Ingress')).toEqual(expect.any(Array))
      expect(rulesFor(set, labels, 'Egress')).toEqual(expect.any(Array))
    },
  )

  it('select pods that there are', () => {
    for (const name of ['api', 'image']) manifestOf(set, KNATIVE_SERVICE, name)
    for (const [kind, labels] of [
      ['apps/v1 Deployment minio', MINIO],
      ['batch/v1 Job minio-bucket', BUCKET],
    ] as const) {
      const [version, type, name = ''] = kind.split(' ')
      const { spec } = manifestOf(set, `${version} ${type}`, name)
      expect(spec.template.metadata.labels).toMatchObject(labels)
    }
  })

  it('let the image function ask for names, and nothing else', () => {
    expect(rulesFor(set, IMAGE, 'Egress')).toEqual([DNS])
  })

  it('let MinIO ask for names, and nothing else', () => {
    expect(rulesFor(set, MINIO, 'Egress')).toEqual([DNS])
  })

  it('let the job call MinIO, and nothing else', () => {
    expect(besidesNames(set, BUCKET)).toEqual([TO_MINIO])
  })

  it('let the api call the gateway of the cluster, MinIO and the internet', () => {
    const [gateway, minio, internet, ...more] = besidesNames(set, API)
    expect(gateway).toMatchObject({
      to: [
        { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kourier-system' } } },
      ],
      ports: [{ port: 8081 }],
    })
    expect(minio).toEqual(TO_MINIO)
    expect(internet && ports(internet)).toEqual([80, 443])
    expect(more).toEqual([])
  })

  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '10.255.255.255',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.170',
    '192.168.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    'fd00::1',
    'fe80::1',
  ])('keep the api from %s, which is private', (address) => {
    expect(reaches(rulesFor(set, API, 'Egress') ?? [], address, 80)).toBe(false)
  })

  it('let the api reach public addresses by the ports of HTTP', () => {
    const rules = rulesFor(set, API, 'Egress') ?? []
    expect(reaches(rules, '93.184.216.34', 443)).toBe(true)
    expect(reaches(rules, '172.32.0.1', 80)).toBe(true)
    expect(reaches(rules, '93.184.216.34', 22)).toBe(false)
  })

  it('let only the api and the job call MinIO', () => {
    expect(rulesFor(set, MINIO, 'Ingress')).toEqual([
      {
        from: [{ podSelector: { matchLabels: API } }, { podSelector: { matchLabels: BUCKET } }],
        ports: [{ port: 9000, protocol: 'TCP' }],
      },
    ])
  })

  it.each([API, IMAGE])('let only Knative call %j, and not past its proxy', (labels) => {
    const [rule, ...more] = rulesFor(set, labels, 'Ingress') ?? []
    expect(more).toEqual([])
    expect(rule?.from).toEqual([
      {
        namespaceSelector: {
          matchExpressions: [
            {
              key: 'kubernetes.io/metadata.name',
              operator: 'In',
              values: ['knative-serving', 'kourier-system'],
            },
          ],
        },
      },
    ])
    const { containers } = podSpecOf(
      manifestOf(set, KNATIVE_SERVICE, Object.values(labels)[0] ?? ''),
    )
    expect(rule && ports(rule)).toEqual([8012, 8013, 8112, 9090, 9091])
    expect(rule && ports(rule)).not.toContain(containers[0].ports[0].containerPort)
  })
})
