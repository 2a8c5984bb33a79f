import type { ResultStore } from './result-store.ts'

/**
 * A small, fast store in front of another: what it has is answered without asking the one behind,
 * also when that fails. The front must not fail.
 */
export function createLayeredStore(front: ResultStore, back: ResultStore): ResultStore {
  let deletions = 0

  /** Deletes behind first, in front in any case; what is being read meanwhile is not remembered. */
  async function deleteBoth<Value>(operation: (store: ResultStore) => Promise<Value>) {
    try {
      const behind = await operation(back)
      return { behind, inFront: await deleteInFront(operation) }
    } catch (error) {
      await deleteInFront(operation)
      throw error
    }
  }

  function deleteInFront<Value>(operation: (store: ResultStore) => Promise<Value>) {
    deletions++
    return operation(front)
  }

  return {
    async get(key, hold) {
      const hit = await front.get(key)
      if (hit) return hit
      const before = deletions
      const result = await back.get(key, hold)
      if (result && before === deletions) await front.put(key, result)
      return result
    },
    has: async (key) => (await front.has(key)) ?? (await back.has(key)),
    async put(key, result) {
      await front.put(key, result)
      await back.put(key, result)
    },
    async delete(key) {
      const { behind, inFront } = await deleteBoth((store) => store.delete(key))
      return behind || inFront
    },
    async deleteOfSource(sourceSha256) {
      const { behind, inFront } = await deleteBoth((store) => store.deleteOfSource(sourceSha256))
      // What is in front is behind, too, but for what could not be put there.
      return Math.max(behind, inFront)
    },
  }
}
