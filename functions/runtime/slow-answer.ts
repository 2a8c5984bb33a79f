import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ServerLimits } from './server-limits.ts'

/**
 * Cuts the connection of an answer that was handed over when nothing of it leaves for too long, or not all
 * of it in time. The answer then closes unfinished, as that of a client that left.
 */
export function limitSlowAnswer(outgoing: ServerResponse, limits: ServerLimits): void {
  const { socket } = outgoing
  if (outgoing.closed || outgoing.writableFinished) return
  if (socket) limitOn(socket, outgoing, limits)
  // It waits for its turn, behind those that were asked for before it on the same connection.
  else outgoing.once('socket', (its: Socket) => limitOn(its, outgoing, limits))
}

function limitOn(
  socket: Socket,
  outgoing: ServerResponse,
  { stalledAnswerMs, answerTimeoutMs }: ServerLimits,
): void {
  // Node looks at what the system still has to send, and gives it another time when that became less.
  socket.setTimeout(stalledAnswerMs)
  const timer = setTimeout(() => socket.destroy(), answerTimeoutMs)
  outgoing.once('close', () => clearTimeout(timer))
}
