/**
 * Makes expectations.json anew: `node functions/image/make-expectations.ts [PYTHON...]`, with Pythons
 * that have Pillow and numpy, one of them a Pillow of 12.2 or 12.3 and one of 13.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeExpectations } from './test-expectations.ts'
import { findPillowOfEach } from './test-pillow.ts'

const pythons = findPillowOfEach(process.argv.slice(2))
if (!pythons) {
  console.error('There is no Pillow of 12.2 or 12.3 and one of 13; name Pythons that have them.')
  process.exit(2)
}
const expectations = await makeExpectations(pythons)
const lines = expectations.map((expectation) => JSON.stringify(expectation))
writeFileSync(join(import.meta.dirname, 'expectations.json'), `[\n${lines.join(',\n')}\n]\n`)
console.log(
  `${expectations.length} expectations by Pillow ${pythons[12].version} and ${pythons[13].version}`,
)
