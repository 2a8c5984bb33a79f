import { describe, expect, it } from 'vitest'
import { type Answers, createMachine } from './test-script.ts'

/** A cluster on which Knative is, and both functions answer. */
const KUBECTL: Answers = {
  'config current-context': 'echo knative',
  'get ksvc api -o jsonpath={.status.url}': 'echo http://api.example.org',
  'get ksvc': 'echo 1 1 True',
  kustomize: 'echo image: dev.local/api:1; echo image: dev.local/image:1',
}

/** A minikube that is called knative, with what was built on it. */
const MINIKUBE: Answers = {
  'profile list': `echo '{"invalid":[],"valid":[{"Name":"knative","Status":""}]}'`,
  'image ls': 'cat "$STATE/images" 2>/dev/null',
  'image build': 'echo "$6" >> "$STATE/images"',
}

/** One on which everything goes well, but for what is said to be different. */
function machine(kubectl: Answers = {}, minikube: Answers = {}) {
  return createMachine({
    kubectl: { ...kubectl, ...KUBECTL, ...kubectl },
    minikube: { ...minikube, ...MINIKUBE, ...minikube },
  })
}

const IMAGES = ['--api', 'registry.example/api:2', '--image', 'registry.example/image:2']

describe('knative/up', () => {
  it('builds both images and deploys what it built', async () => {
    await using ours = await machine()
    const { code, said, applied } = await ours.run('up')
    expect(said).toContain('The api is http://api.example.org')
    expect(code).toBe(0)
    expect(applied).toMatch(
      /^image: dev\.local\/api:[0-9a-f]{12}\nimage: dev\.local\/image:[0-9a-f]{12}\n$/,
    )
  })

  it('builds no image a second time', async () => {
    await using ours = await machine()
    const first = await ours.run('up')
    const second = await ours.run('up')
    expect(first.asked.filter((line) => line.includes('image build'))).toHaveLength(2)
    expect(second.asked.filter((line) => line.includes('image build'))).toEqual([])
    expect(second.applied).toBe(first.applied)
  })

  it.each([
    ['calls the failed build a success', 'true'],
    ['fails as the build does', 'exit 1'],
  ])('deploys no image that was not built, where minikube %s', async (_, build) => {
    await using ours = await machine({}, { 'image build': build })
    const { code, applied, asked } = await ours.run('up')
    expect(code).not.toBe(0)
    expect(applied).toBe('')
    // Nor does it go on to the other image.
    expect(asked.filter((line) => line.includes('image build'))).toHaveLength(1)
  })

  it('finds an image among so many that the list is longer than a pipe', async () => {
    const many = {
      'image ls':
        'cat "$STATE/images" 2>/dev/null; for n in $(awk "BEGIN { for (i = 0; i < 9999; i++) print i }"); do echo registry.example/other:$n; done',
    }
    await using ours = await machine({}, many)
    expect((await ours.run('up')).code).toBe(0)
  })

  it('deploys images that are named, without minikube and git', async () => {
    await using ours = await createMachine({ kubectl: KUBECTL })
    const { code, applied } = await ours.run('up', IMAGES)
    expect(code).toBe(0)
    expect(applied).toBe('image: registry.example/api:2\nimage: registry.example/image:2\n')
  })
})

describe('before anything is asked or changed, knative/up', () => {
  it('says that minikube is missing, which has to build the images', async () => {
    await using ours = await createMachine({ kubectl: KUBECTL })
    const { code, said, asked } = await ours.run('up')
    expect(code).toBe(1)
    expect(said).toContain('minikube is missing')
    expect(asked).toEqual(['kubectl config current-context'])
  })

  it.each(['prod', 'minikube'])(
    'says that images must be named on a cluster %s that minikube does not know',
    async (context) => {
      const none = `echo '{"invalid":[],"valid":[]}'`
      await using ours = await machine({}, { 'profile list': none })
      const { code, said, asked } = await ours.run('up', ['--context', context, '--yes'])
      expect(code).toBe(1)
      expect(said).toContain('name --api and --image')
      expect(asked.filter((line) => !/config|profile list/.test(line))).toEqual([])
    },
  )

  it('starts a minikube when kubectl has no context', async () => {
    const nothing = { 'config current-context': 'exit 1', 'config get-contexts': 'exit 1' }
    const none = { 'profile list': `echo '{"invalid":[],"valid":[]}'`, status: 'exit 85' }
    await using ours = await machine(nothing, none)
    const { code, asked } = await ours.run('up')
    expect(code).toBe(0)
    expect(asked).toContainEqual(expect.stringMatching(/^minikube start -p knative /))
  })

  it('asks about a cluster that is not called minikube or knative', async () => {
    await using ours = await machine()
    const unasked = await ours.run('up', ['--context', 'prod', ...IMAGES])
    expect(unasked.code).toBe(1)
    expect(unasked.said).toContain('Deploy the service on the cluster of the context prod?')
    expect(unasked.asked).toEqual([''])
    expect((await ours.run('up', ['--context', 'prod', ...IMAGES, '--yes'])).code).toBe(0)
  })
})

describe('knative/up and Knative', () => {
  /** A cluster that remembers what was installed on it. */
  const EMPTY: Answers = {
    'get crd': 'cat "$STATE/crd"',
    'serving-crds.yaml': 'touch "$STATE/crd"',
    'label namespace knative-serving --overwrite': 'touch "$STATE/label"',
    'label namespace knative-serving image-preprocessing/installing-': 'rm "$STATE/label"',
    'get namespace -l': 'if [ -e "$STATE/label" ]; then echo namespace/knative-serving; fi',
    'kourier.yaml': 'if [ -n "$OFFLINE" ]; then exit 1; fi',
  }
  const installed = (asked: string[]) => asked.filter((line) => line.includes('apply -f https'))

  it('installs it once', async () => {
    await using ours = await machine(EMPTY)
    const first = await ours.run('up')
    expect(first.code).toBe(0)
    expect(installed(first.asked)).toHaveLength(3)
    const second = await ours.run('up')
    expect(second.code).toBe(0)
    expect(installed(second.asked)).toEqual([])
  })

  it('finishes an installation that was interrupted', async () => {
    await using ours = await machine(EMPTY)
    const interrupted = await ours.run('up', [], { OFFLINE: 'yes' })
    expect(interrupted.code).not.toBe(0)
    expect(interrupted.applied).toBe('')
    const again = await ours.run('up')
    expect(again.code).toBe(0)
    expect(installed(again.asked)).toHaveLength(3)
    expect(again.asked.join('\n')).toContain('patch configmap config-domain')
  })

  it('deploys nothing on one that is there and does not work', async () => {
    await using ours = await machine({ '-n knative-serving wait': 'exit 1' })
    const { code, said, applied, asked } = await ours.run('up')
    expect(code).toBe(1)
    expect(said).toContain('not all of it is Available')
    expect(installed(asked)).toEqual([])
    expect(applied).toBe('')
  })
})

describe('knative/up and the job that makes the bucket', () => {
  const deleted = (asked: string[]) => asked.filter((line) => line.includes('delete job'))

  it('lets it be when it can be applied as it is', async () => {
    await using ours = await machine()
    expect(deleted((await ours.run('up')).asked)).toEqual([])
  })

  it('makes it again, whatever of it has changed', async () => {
    await using ours = await machine({ '--dry-run=server': 'echo field is immutable >&2; exit 1' })
    const { code, asked } = await ours.run('up')
    expect(code).toBe(0)
    expect(deleted(asked)).toHaveLength(1)
  })
})

describe('knative/up says why a function does not start', () => {
  const STARTING = { 'get ksvc': 'echo 1 1 Unknown' }

  const pods = ({ ended = '', waiting = '' }) => ({
    lastState: `echo '${ended}'`,
    'state.waiting': `echo '${waiting}'`,
  })

  it.each([
    [
      'with what it said before it ended',
      { ended: 'SCALE is huge', waiting: 'CrashLoopBackOff: back-off 10s' },
      'SCALE is huge',
    ],
    [
      'with a name that is none of an image',
      { waiting: 'InvalidImageName: no name' },
      'InvalidImageName: no name',
    ],
    [
      'with a Secret that is missing, beside what is being created',
      { waiting: ': \nContainerCreating: \nCreateContainerConfigError: secret "minio" not found' },
      'CreateContainerConfigError: secret "minio" not found',
    ],
  ])('at once %s', async (_, said, reason) => {
    await using ours = await machine({ ...pods(said), ...STARTING })
    const { code, said: told, asked } = await ours.run('up')
    expect(code).toBe(1)
    expect(told).toContain(`the function image does not start: ${reason}\n`)
    expect(asked.filter((line) => line.includes('get ksvc image'))).toHaveLength(1)
  })

  it('with what its image cannot be got for, when that lasts', async () => {
    const waiting = 'ImagePullBackOff: not found'
    await using ours = await machine({ ...pods({ waiting }), ...STARTING })
    const { code, said, asked } = await ours.run('up', [], { PULL_SECONDS: '1' })
    expect(code).toBe(1)
    expect(said).toContain(`the function image does not start: ${waiting}\n`)
    expect(asked.filter((line) => line.includes('get ksvc image')).length).toBeGreaterThan(1)
  })

  it.each([
    ['an image that can be got at the second try', '1 1 Unknown', 'ErrImagePull: no route to host'],
    ['what Knative said before this deployment', '1 1 False Revision failed', ''],
  ])('but waits for %s', async (_, first, waiting) => {
    const once = `if [ -e "$STATE/seen" ]; then echo 1 1 True; else touch "$STATE/seen"; echo ${first}; fi`
    await using ours = await machine({ ...pods({ waiting }), 'get ksvc image': once })
    expect((await ours.run('up')).code).toBe(0)
  })

  it('not with what Knative said of the generation before', async () => {
    const once =
      'if [ -e "$STATE/seen" ]; then echo 2 2 True; else touch "$STATE/seen"; echo 2 1 False Revision failed; fi'
    await using ours = await machine({ 'get ksvc image': once })
    expect((await ours.run('up')).code).toBe(0)
  })

  it.each([
    ['what Knative says', 'Unknown waiting for Kourier', '', 'waiting for Kourier'],
    ['what Knative gave up for', 'False no quota', '', 'no quota'],
    ['what its container waits for', 'Unknown', 'RunContainerError: x', 'RunContainerError: x'],
  ])('when the time is over, by the clock, with %s', async (_, state, waiting, reason) => {
    const slow = { ...pods({ waiting }), 'get ksvc': `sleep 1; echo 1 1 ${state}` }
    await using ours = await machine(slow)
    const { code, said } = await ours.run('up', [], { READY_SECONDS: '1' })
    expect(code).toBe(1)
    expect(said).toContain(`it is not ready after 1 s (${reason})`)
  })
})
