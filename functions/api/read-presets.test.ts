import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ConfigurationError } from '../runtime/parse-env.ts'
import { readPresets } from './read-presets.ts'

const THUMB = { thumb: { scale: '128x128', fit: 'cover' } }

/** The path of a new file that holds this text; gone after the test. */
function makeFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'image-api-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'presets.json')
  writeFileSync(path, text)
  return path
}

function refusal(setting: string): string {
  try {
    readPresets(setting)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message
    throw error
  }
  throw new Error(`${setting} was accepted`)
}

describe('readPresets()', () => {
  it('reads none of nothing', () => {
    expect(readPresets('')).toEqual({})
  })

  it('takes a list for JSON that is no object, and not for a path', () => {
    expect(() => readPresets('[{"scale": "1x1"}]')).toThrow('PRESETS is no JSON object; write {')
  })

  it('takes text that starts with { for JSON, after white space too', () => {
    expect(readPresets(JSON.stringify(THUMB))).toEqual(THUMB)
    expect(readPresets(`\n  ${JSON.stringify(THUMB)}\n`)).toEqual(THUMB)
  })

  it('takes anything else for the path of a file', () => {
    expect(readPresets(makeFile(`${JSON.stringify(THUMB)}\n`))).toEqual(THUMB)
  })

  it.each(['a', '0', 'a-b-9', 'x'.repeat(64)])('takes the name %s', (name) => {
    expect(readPresets(JSON.stringify({ [name]: {} }))).toEqual({ [name]: {} })
  })

  it.each(['', '-a', 'A', 'a b', 'a_b', 'é', '__proto__', 'x'.repeat(65)])(
    'refuses the name %o',
    (name) => {
      expect(refusal(`{${JSON.stringify(name)}: {}}`)).toBe(
        `Preset ${JSON.stringify(name)} has a wrong name; allowed: 1 to 64 of a-z, 0-9 and -, the ` +
          'first no -.',
      )
    },
  )

  it('says what is wrong with JSON, on one line', () => {
    expect(refusal('{"thumb": }')).toMatch(/^PRESETS is no JSON: .+\.$/)
    expect(refusal('{\n  "thumb": x\n}')).toMatch(/^PRESETS is no JSON: .+\.$/)
  })

  it('says what is wrong with a file, naming it', () => {
    const [broken, list] = [makeFile('{"thumb"'), makeFile('["thumb"]')]
    expect(refusal(broken)).toContain(`PRESETS (${broken}) is no JSON: `)
    expect(refusal(list)).toContain(`PRESETS (${list}) is no JSON object; write {"thumb": `)
    expect(refusal(tmpdir())).toBe(`PRESETS (${tmpdir()}) is no file; name one that holds JSON.`)
  })

  it('says that there is no such file, and that JSON may stand in its place', () => {
    const sentence = refusal('/nowhere/presets.json')
    expect(sentence).toContain('PRESETS (/nowhere/presets.json) cannot be read (ENOENT')
    expect(sentence).toContain('name a file, or write the JSON itself: {"thumb": ')
  })

  it('reads a file of a megabyte, and none that is larger', () => {
    const path = makeFile(JSON.stringify(THUMB).padEnd(1_000_001))
    expect(refusal(path)).toBe(`PRESETS (${path}) has 1000001 bytes; at most 1000000 are read.`)
    truncateSync(path, 1_000_000)
    expect(readPresets(path)).toEqual(THUMB)
  })

  it('takes a thousand presets, and no more', () => {
    const presets = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, {}])))
    expect(Object.keys(readPresets(presets(1000)))).toHaveLength(1000)
    expect(refusal(presets(1001))).toBe('PRESETS has 1001 presets; at most 1000 are taken.')
  })

  it.each(['null', '"128x128"', '["scale"]', '1'])('refuses %s as a preset', (options) => {
    expect(refusal(`{"thumb": ${options}}`)).toContain(
      'Preset thumb is no object of options; write',
    )
  })

  it.each([
    ['quality', '75'],
    ['grayscale', 'false'],
    ['scale', '{"width":8,"height":8}'],
    ['mean', '[0.5]'],
  ])('refuses a value that is no text, naming preset and option: %s as %s', (option, value) => {
    expect(refusal(`{"thumb": {"fit": "fill", "${option}": ${value}}}`)).toBe(
      `Preset thumb: option ${option} is ${value}; write it in quotes, spelled as in a query string.`,
    )
  })
})
