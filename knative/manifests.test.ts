import { describe, expect, it } from 'vitest'
import { apiConfigSchema } from '../functions/api/config.ts'
import { imageConfigSchema } from '../functions/image/config.ts'
import { createApp } from '../functions/runtime/app.ts'
import { createLogger } from '../functions/runtime/logger.ts'
import { parseEnv } from '../functions/runtime/parse-env.ts'
import { serveForTest } from '../functions/runtime/test-server.ts'
import { complaintsOf } from './check-manifest.ts'
import {
  type Container,
  FILES,
  manifestOf,
  podSpecOf,
  quantity,
  readManifests,
  textOf,
} from './manifests.ts'
import { containersOf, environmentOf, functionOf, MANIFEST_SETS } from './test-manifests.ts'

describe.each(MANIFEST_SETS)('$name', (set) => {
  const api = functionOf(set, 'api')
  const image = functionOf(set, 'image')
  const apiConfig = parseEnv(apiConfigSchema, api.env)
  const imageConfig = parseEnv(imageConfigSchema, image.env)
  const job = manifestOf(set, 'batch/v1 Job', 'minio-bucket')
  const namespace = set.manifests.find(({ kind }) => kind === 'Namespace')?.metadata.name
  const allContainers = set.manifests.flatMap((manifest) =>
    containersOf(manifest).map((container) => ({ pod: podSpecOf(manifest), container })),
  )

  it.each(set.manifests)('has a $kind $metadata.name that a cluster takes', (manifest) => {
    expect(complaintsOf(manifest)).toEqual([])
  })

  describe('its names', () => {
    it('call the image function by its full name on this cluster, which is private', () => {
      expect(apiConfig.IMAGE_FUNCTION_URL.href).toBe(
        `http://${image.service.metadata.name}.${namespace}.svc.cluster.local/`,
      )
      expect(image.service.metadata.labels).toMatchObject({
        'networking.knative.dev/visibility': 'cluster-local',
      })
      expect(api.service.metadata.labels).not.toHaveProperty(['networking.knative.dev/visibility'])
    })

    it('bring the api and the job that makes it to the same bucket', () => {
      const { S3_ENDPOINT, S3_BUCKET } = api.env
      expect(environmentOf(containersOf(job)[0] as Container)).toMatchObject({
        S3_ENDPOINT,
        S3_BUCKET,
      })
      const { metadata, spec } = manifestOf(set, 'v1 Service', 'minio')
      expect(S3_ENDPOINT).toBe(
        `http://${metadata.name}.${namespace}.svc.cluster.local:${spec.ports[0].port}`,
      )
      const minio = podSpecOf(manifestOf(set, 'apps/v1 Deployment', 'minio'))
      expect(minio.containers[0].ports).toContainEqual({
        name: spec.ports[0].targetPort,
        containerPort: spec.ports[0].port,
      })
    })

    it('are of images that no registry is asked for, each build with a tag of its own', () => {
      const own = [api.container, image.container, containersOf(job)[0]]
      for (const container of own) {
        expect(container?.image).toMatch(/^dev\.local\/(api|image):(?!latest$)[\w.-]+$/)
      }
      expect(containersOf(job)[0]?.image).toBe(api.container.image)
    })

    it('are of the port that the functions listen on', () => {
      expect(api.container.ports?.[0]?.containerPort).toBe(apiConfig.PORT)
      expect(image.container.ports?.[0]?.containerPort).toBe(imageConfig.PORT)
    })

    it.each([
      ['api', api],
      ['image', image],
    ])('of the probes of %s are routes that answer', async (_, { container }) => {
      await using server = await serveForTest(createApp(createLogger('test', 'silent')))
      const { readinessProbe, livenessProbe } = container as Container &
        Record<'readinessProbe' | 'livenessProbe', { httpGet: { path: string } }>
      expect(readinessProbe.httpGet.path).toBe('/readyz')
      expect(livenessProbe.httpGet.path).toBe('/livez')
      for (const { httpGet } of [readinessProbe, livenessProbe]) {
        expect((await fetch(`${server.url}${httpGet.path}`)).status).toBe(200)
      }
    })

    it('have all the same namespace, once rendered', () => {
      const others = set.manifests.filter(({ kind }) => kind !== 'Namespace')
      const expected = set.name.endsWith('rendered') ? namespace : undefined
      expect(new Set(others.map(({ metadata }) => metadata.namespace))).toEqual(new Set([expected]))
    })
  })

  describe.each(allContainers)('its container $container.name', ({ pod, container }) => {
    it('may do nothing that it need not', () => {
      expect({ ...pod.securityContext, ...container.securityContext }).toMatchObject({
        runAsNonRoot: true,
        runAsUser: expect.toSatisfy((id: number) => id > 0),
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      })
      expect(container.securityContext).not.toHaveProperty(['capabilities', 'add'])
      expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false })
    })

    it('says what it needs and what it may take', () => {
      const { requests, limits } = container.resources ?? { requests: {}, limits: {} }
      for (const resource of ['cpu', 'memory']) {
        const [request, limit] = [
          quantity(requests[resource] ?? ''),
          quantity(limits[resource] ?? ''),
        ]
        expect(request).toBeGreaterThan(0)
        expect(limit).toBeGreaterThanOrEqual(request)
      }
    })

    it('is of an image that is taken from the node when it is there', () => {
      expect(container.imagePullPolicy).toBe('IfNotPresent')
      expect(container.image).toMatch(/:(?!latest$)[^/:]+$/)
    })
  })

  it('takes secrets from a Secret, and from nowhere else', () => {
    const secret = /TOKEN|PASSWORD|SECRET|KEY|_USER$/
    const env = allContainers.flatMap(({ container }) => container.env ?? [])
    const secrets = env.filter(({ name }) => secret.test(name))
    expect(secrets.length).toBeGreaterThanOrEqual(5)
    for (const { name, value, valueFrom } of secrets) {
      expect({ name, value, valueFrom }).toEqual({
        name,
        valueFrom: { secretKeyRef: expect.anything() },
      })
    }
  })

  it('has a label at the job alone, by which knative/up looks whether it can be applied', () => {
    const label = /-l app\.kubernetes\.io\/name=(\S+)/.exec(textOf('up'))?.[1]
    const named = set.manifests.filter(
      ({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] === label,
    )
    expect(named).toEqual([job])
  })

  it('has no Secret', () => {
    expect(set.manifests.map(({ kind }) => kind)).not.toContain('Secret')
  })
})

describe.each(FILES)('%s', (file) => {
  it('is YAML of objects with a kind', () => {
    for (const manifest of readManifests(file)) {
      expect(manifest).toMatchObject({ apiVersion: expect.any(String), kind: expect.any(String) })
    }
  })

  it('holds nothing that looks like a credential', () => {
    const text = textOf(file)
    expect(text).not.toMatch(
      /AKIA[0-9A-Z]{12}|PRIVATE KEY|eyJ[\w-]{10}|stringData|:\/\/[^/\s]*:[^/\s]*@/,
    )
    expect(text).not.toMatch(/(password|token|secret)\s*:\s*["']?[\w+/=-]{12}/i)
    // A long run of letters and digits, as random ones are.
    const runs = text.match(/[A-Za-z0-9+]{24,}/g) ?? []
    expect(runs.filter((run) => /\d/.test(run) && /[a-z]/i.test(run))).toEqual([])
  })
})

describe.each(FILES)('%s', (file) => {
  it('says above each number why it is this one', () => {
    const lines = textOf(file).split('\n')
    expect(lines.filter((line, at) => isNumber(line) && !isExplained(lines, at))).toEqual([])
  })
})

describe('isExplained()', () => {
  const explained = (yaml: string) => {
    const lines = yaml.split('\n')
    return isExplained(lines, lines.length - 1)
  }

  it.each([
    ['right above it', '# why\ncpu: 1'],
    ['above its siblings', '# why\ncpu: 1\nmemory: 1'],
    ['above what holds it', '# why\nprobe:\n  every:\n    unit: s\n    count: 1'],
    ['above its item of a list', '# why\n- name: CPU\n  value: 1'],
  ])('finds a comment %s', (_, yaml) => expect(explained(yaml)).toBe(true))

  it.each([
    ['the holder of another number', '# why\nprobe:\n  count: 1\nother:\n  count: 1'],
    ['a sibling of what holds it', '# why\ncpu: 1\nprobe:\n  count: 1'],
    ['another item of the list', '# why\n- name: CPU\n  value: 1\n- name: MEMORY\n  value: 1'],
    ['something else', 'kind: Service\ncpu: 1'],
  ])('finds none above %s', (_, yaml) => expect(explained(yaml)).toBe(false))
})

/** A quantity, a time or a count; a port is an address. */
function isNumber(line: string): boolean {
  if (/port: \d+$/i.test(line)) return false
  return /^\s*[^#]*: "?-?\d+(\.\d+)?(m|s|Ki|Mi|Gi)?"?$/.test(line)
}

/**
 * Whether there is a comment above a line with nothing between them but its siblings and what holds it. A
 * comment may be about a few lines that belong together, but not about what comes after them.
 */
function isExplained(lines: string[], at: number): boolean {
  let column = columnOf(lines[at])
  let mayBeSibling = true
  for (const line of lines.slice(0, at).reverse()) {
    if (line.trim().startsWith('#')) return true
    const startsItem = line.trim().startsWith('- ')
    const isSibling = mayBeSibling && columnOf(line) === column
    const holdsIt = line.trim() !== '' && columnOf(line) < column
    if (!isSibling && !holdsIt) return false
    if (holdsIt || startsItem) {
      column = line.search(/\S/)
      mayBeSibling = false
    }
  }
  return false
}

/** Where the key of a line stands, past the dash of a list. */
function columnOf(line = ''): number {
  return line.search(/[^\s-]/)
}
