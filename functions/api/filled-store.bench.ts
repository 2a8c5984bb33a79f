/**
 * A process for result-store.bench.ts, of which only the memory matters: a message to it says how many
 * results of 20 kB are put into a store of so many bytes. They are copies of one buffer, so that the
 * store alone takes memory for them.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createMemoryResultStore } from './result-store-memory.ts'
import { resultOf, sha256Of } from './test-result.ts'

const RESULT_BYTES = 20_000

const store = createMemoryResultStore(Number(process.argv[2]))
const { headers, options } = resultOf('')
// Larger than what is stored, as the buffer that a small result is a part of.
const bytes = Buffer.alloc(RESULT_BYTES + 1, 'the bytes of a result').subarray(1)
let last = 0

async function put(count: number): Promise<void> {
  for (const end = last + count; last < end; last++) {
    const sourceSha256 = sha256Of(`source ${last}`)
    const result = { bytes, headers: { ...headers }, sourceSha256, options: `${options}&n=${last}` }
    await store.put(sha256Of(`${last}`), result)
    await nextTurn()
  }
}

process.on('message', async (count: number) => {
  await put(count)
  process.send?.('done')
})
process.once('disconnect', () => process.exit(0))
// What runs for the first time takes memory, too.
await put(100)
process.send?.({ listeningOn: 0 })
