import { execFileSync } from 'node:child_process'
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

function shell(folder: string, command: string): string {
  const source = `set -euo pipefail; source '${join(import.meta.dirname, 'build-context.sh')}'`
  return execFileSync('bash', ['-c', `${source}; ${command}`], { cwd: folder, encoding: 'utf8' })
}
const contextOf = (name: string, folder = ROOT) =>
  shell(folder, `context_of ${name}`).trim().split('\n')
const tagOf = (folder: string, name = 'api') => shell(folder, `tag_of ${name}`).trim()

describe.each(['api', 'image'])('the context of the image of %s', (name) => {
  const files = contextOf(name)

  it('has what its Dockerfile copies, and only files', () => {
    const dockerfile = readFileSync(join(ROOT, `Dockerfile.${name}`), 'utf8')
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(
      ([, what = '']) => what.split(' '),
    )
    expect(copied.length).toBeGreaterThan(3)
    for (const path of copied) {
      expect(files.filter((file) => file === path || file.startsWith(`${path}/`))).not.toEqual([])
    }
    expect(files.filter((file) => !statSync(join(ROOT, file)).isFile())).toEqual([])
  })

  it('has the sources of the function and of what both have, and none of the other', () => {
    const other = name === 'api' ? 'image' : 'api'
    const of = (folder: string) => files.filter((file) => file.startsWith(`functions/${folder}/`))
    for (const folder of ['contract', 'runtime', name]) expect(of(folder)).not.toEqual([])
    expect(of(other)).toEqual([])
    expect(files).toContain(`functions/${name}/main.ts`)
    expect(files).toContain(`Dockerfile.${name}`)
  })

  it('has no test, no benchmark, no documentation and no fixture', () => {
    const left = files.filter((file) =>
      /\.test\.ts|\.bench\.ts|\/test-|\/bench-|\.md$|fixtures/.test(file),
    )
    expect(left).toEqual([])
  })

  it('leaves out each file that a line of .dockerignore is about', () => {
    const patterns = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('functions/') && line !== 'functions/*')
    expect(patterns.length).toBeGreaterThan(5)
    for (const pattern of patterns) {
      const ignored = globSync([pattern, `${pattern}/**`], { cwd: ROOT })
      expect(files.filter((file) => ignored.includes(file))).toEqual([])
    }
  })
})

describe('the tag of an image', () => {
  const folder = mkdtempSync(join(tmpdir(), 'test-context-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  cpSync(join(ROOT, '.dockerignore'), join(folder, '.dockerignore'))
  for (const name of ['api', 'image']) {
    write(`Dockerfile.${name}`, `FROM ${name}`)
    write(`functions/${name}/main.ts`, 'main()')
  }
  write('package.json', '{}')

  it('stays with what is in no image', () => {
    const before = tagOf(folder)
    for (const path of [
      'README.md',
      'client/main.ts',
      'functions/main.ts',
      'functions/api/main.test.ts',
      'functions/api/store.bench.ts',
      'functions/api/test-store.ts',
      'functions/api/README.md',
      'functions/image/fixtures/a/b.jpg',
      'functions/node_modules/hono/index.js',
      'node_modules/hono/index.js',
    ]) {
      write(path, 'other')
    }
    expect(tagOf(folder)).toBe(before)
    expect(before).toMatch(/^[0-9a-f]{12}$/)
  })

  it('stays with the sources of the other function', () => {
    const before = tagOf(folder, 'api')
    write('functions/image/main.ts', 'other()')
    expect(tagOf(folder, 'api')).toBe(before)
  })

  it.each([
    'functions/api/main.ts',
    'functions/contract/deep/er.ts',
    'package.json',
    'Dockerfile.api',
  ])('changes with the bytes of %s', (path) => {
    const before = tagOf(folder)
    write(path, 'changed')
    expect(tagOf(folder)).not.toBe(before)
  })

  it('changes with the name of a file', () => {
    const before = tagOf(folder)
    renameSync(join(folder, 'functions/api/main.ts'), join(folder, 'functions/api/more.ts'))
    expect(tagOf(folder)).not.toBe(before)
  })

  it('changes with what .dockerignore lets in besides', () => {
    const before = tagOf(folder)
    write('bundle.config.ts', 'bundle()')
    expect(tagOf(folder)).toBe(before)
    write('.dockerignore', `${readFileSync(join(folder, '.dockerignore'), 'utf8')}!bundle.*.ts\n`)
    expect(contextOf('api', folder)).toContain('bundle.config.ts')
    expect(tagOf(folder)).not.toBe(before)
  })
})
