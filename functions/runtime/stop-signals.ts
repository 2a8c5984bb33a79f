/**
 * Hears the signals that stop a function from the first moment on. A main imports this and nothing else
 * before it loads the rest: as the first process of a container it has no default action, and a signal
 * that nobody handles yet would be lost.
 */

type Stop = (signal: NodeJS.Signals) => void

// While a function starts, it has nothing in flight that it could finish.
let stop: Stop = () => process.exit(0)

process.on('SIGTERM', stopped)
process.on('SIGINT', stopped)

function stopped(signal: NodeJS.Signals): void {
  // A Ctrl-C reaches every process of a terminal; a launcher then says in which order they stop.
  if (signal === 'SIGINT' && process.send) return
  stop(signal)
}

/** From now on, being told to stop, by SIGTERM or SIGINT, is this; before, it is to exit 0 at once. */
export function onStopSignal(then: Stop): void {
  stop = then
}
