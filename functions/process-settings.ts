import { availableParallelism } from 'node:os'

/** With what flags Node runs a function. */
export const NODE_FLAGS = [
  // Bodies are many short-lived buffers off the heap, which are freed with the heap's young
  // generation: a small one (MB) frees them while they are warm. It nearly halves the CPU of the api
  // per request, and takes 35 MB off its memory.
  '--max-semi-space-size=1',
  // The heap is small; helper threads of its collector take from the cores that decode images.
  '--single-threaded-gc',
]

/** What the environment of a function holds where it does not say otherwise. */
export const ENVIRONMENT = {
  // Two malloc arenas keep the memory of the image function smaller.
  MALLOC_ARENA_MAX: '2',
  // A thread for each image worked on at once, from its header to its result, and one for names and files.
  UV_THREADPOOL_SIZE: String(availableParallelism() + 1),
}

/**
 * The settings of jemalloc, which is the allocator of the image function in its container image: two arenas,
 * as above, and what is free goes back to the system after a second, also when there is nothing to do.
 */
export const MALLOC_CONF = 'background_thread:true,narenas:2,dirty_decay_ms:1000,muzzy_decay_ms:0'
