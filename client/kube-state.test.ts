import { describe, expect, it } from 'vitest'
import { createKubeState, NONE } from './kube-state.ts'
import { deploymentOf, podOf } from './test-kube.ts'

describe('createKubeState()', () => {
  it('sums what is wanted over all revisions of a service', () => {
    const state = createKubeState()
    state.apply({ type: 'ADDED', object: deploymentOf('api', 0, 'api-1') })
    state.apply({ type: 'ADDED', object: deploymentOf('api', 2, 'api-2') })
    state.apply({ type: 'ADDED', object: deploymentOf('image', 5) })
    state.apply({ type: 'MODIFIED', object: deploymentOf('api', 1, 'api-1') })
    expect(state.countsOf('api')).toEqual({ ...NONE, wanted: 3 })
  })

  it('counts pods by how far they are', () => {
    const state = createKubeState()
    state.apply({ type: 'ADDED', object: podOf('api', 'a', 'created') })
    state.apply({ type: 'ADDED', object: podOf('api', 'b', 'scheduled') })
    state.apply({ type: 'ADDED', object: podOf('api', 'c', 'started') })
    state.apply({ type: 'ADDED', object: podOf('api', 'd', 'ready') })
    expect(state.countsOf('api')).toEqual({ ...NONE, scheduled: 3, started: 2, ready: 1 })
  })

  it('counts a pod that is on its way out apart, and no more when it is gone', () => {
    const state = createKubeState()
    state.apply({ type: 'ADDED', object: podOf('api', 'a', 'ready') })
    state.apply({ type: 'ADDED', object: podOf('api', 'b', 'ready') })
    state.apply({ type: 'MODIFIED', object: podOf('api', 'a', 'terminating') })
    expect(state.countsOf('api')).toMatchObject({ ready: 1, leaving: 1 })
    state.apply({ type: 'DELETED', object: podOf('api', 'b', 'ready') })
    state.apply({ type: 'DELETED', object: podOf('api', 'a', 'terminating') })
    expect(state.countsOf('api')).toEqual(NONE)
  })
})
