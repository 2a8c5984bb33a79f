import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ENVIRONMENT, MALLOC_CONF, NODE_FLAGS } from '../functions/process-settings.ts'
import { baseAsWritten, KNATIVE_SERVICE, manifestOf, podSpecOf } from './manifests.ts'

const ROOT = join(import.meta.dirname, '..')
const base = baseAsWritten()
const { dependencies, devDependencies } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
)

describe.each(['api', 'image'])('Dockerfile.%s', (name) => {
  const text = readFileSync(join(ROOT, `Dockerfile.${name}`), 'utf8')
  const instructions = text.replaceAll('\\\n', ' ').split('\n')
  const argumentsOf = (instruction: string) =>
    instructions
      .filter((line) => line.startsWith(`${instruction} `))
      .map((line) => line.slice(instruction.length + 1).trim())
  const environment = argumentsOf('ENV').at(-1)?.replaceAll(/\s+/g, ' ')
  const container = podSpecOf(manifestOf(base, KNATIVE_SERVICE, name)).containers[0]

  it('runs the function with the flags of npm start', () => {
    expect(JSON.parse(argumentsOf('CMD').at(-1) ?? '')).toEqual(['node', ...NODE_FLAGS, 'main.js'])
  })

  it('makes the compile cache with the same flags', () => {
    const warm = argumentsOf('RUN').find((line) => line.includes('/readyz'))
    expect(warm).toMatch(new RegExp(`^node ${NODE_FLAGS.join(' ')} main.js &`))
  })

  it('runs as the user of the manifest, whose the compile cache is', () => {
    const { runAsUser, runAsGroup } = container.securityContext
    expect(argumentsOf('USER')).toEqual(Array(2).fill(`${runAsUser}:${runAsGroup}`))
    expect(argumentsOf('RUN')).toContain(
      `install -d -o ${runAsUser} -g ${runAsGroup} .compile-cache`,
    )
  })

  it('has the environment of npm start, as far as the machine does not say it', () => {
    expect(environment).toContain(` MALLOC_ARENA_MAX=${ENVIRONMENT.MALLOC_ARENA_MAX} `)
  })

  it('has jemalloc for the image function alone, with our settings', () => {
    const jemalloc = ` LD_PRELOAD=libjemalloc.so.2 MALLOC_CONF=${MALLOC_CONF} `
    expect(environment?.includes(jemalloc)).toBe(name === 'image')
    // A build without it fails.
    const check = 'LD_PRELOAD=libjemalloc.so.2 chroot /rootfs /usr/local/bin/node'
    expect(text.includes(check)).toBe(name === 'image')
  })

  it('exposes the port of the manifest', () => {
    expect(argumentsOf('EXPOSE')).toEqual([String(container.ports[0].containerPort)])
  })

  it('has the Node that the tests run on', () => {
    expect(text).toContain(`FROM docker.io/library/node:${devDependencies.node}-bookworm-slim`)
  })

  it('has the packages that are not bundled, and no other', () => {
    const bundle = argumentsOf('RUN').find((line) => line.startsWith('npx rolldown')) ?? ''
    const [, left = ''] = /npm uninstall (.*?) *&&/.exec(text.replaceAll('\\\n', ' ')) ?? []
    const packages = left.split(/\s+/).filter((word) => word && !word.startsWith('--'))
    const external = [...bundle.matchAll(/--external (\S+)/g)].map(([, name]) => name)
    const there = text.includes('--omit=dev') ? Object.keys(dependencies) : []
    expect(there.filter((name) => !packages.includes(name))).toEqual(external)
    for (const name of packages) expect(dependencies).toHaveProperty([name])
  })
})

it('the job that makes the bucket runs a file that is bundled with the api', () => {
  const { command } = podSpecOf(manifestOf(base, 'batch/v1 Job', 'minio-bucket')).containers[0]
  expect(command).toEqual(['node', 'main-bucket.js'])
  expect(readFileSync(join(ROOT, 'Dockerfile.api'), 'utf8')).toContain(
    ' functions/api/main-bucket.ts',
  )
})
