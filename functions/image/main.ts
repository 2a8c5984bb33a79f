/** The image function as a process. All that it is made of is loaded by `run-image.ts`. */
import '../runtime/stop-signals.ts'

const { runImage } = await import('./run-image.ts')
await runImage(process.env)
