import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * The connections of a server, and the answers that each of them waits for: several, where a client sends
 * on without waiting (pipelining). Once the server has stopped listening, a connection ends with its last.
 */
export type OwedAnswers = {
  add: (socket: Socket, outgoing: ServerResponse) => void
  /**
   * Calls once the answers to all requests that arrived whole have been sent, with the one to the request
   * that did not, if there is one. Called once for a connection, however often it is asked.
   */
  afterWhole: (socket: Socket, then: (unfinished: ServerResponse | undefined) => void) => void
  /** How many are owed on all connections. */
  count: () => number
  /** Closes connections without any, and tells the others that they end. */
  closeIdle: () => void
  cutAll: () => void
}

export function trackOwedAnswers(server: Server): OwedAnswers {
  const owed = new Map<Socket, Set<ServerResponse>>()
  const ending = new WeakSet<Socket>()
  server.on('connection', (socket: Socket) => {
    owed.set(socket, new Set())
    socket.once('close', () => owed.delete(socket))
  })

  return {
    add(socket, outgoing) {
      const answers = owed.get(socket)
      answers?.add(outgoing)
      outgoing.once('close', () => {
        answers?.delete(outgoing)
        if (!server.listening && answers?.size === 0) socket.end()
      })
      if (!server.listening) outgoing.setHeader('Connection', 'close')
    },
    afterWhole(socket, then) {
      if (ending.has(socket)) return
      ending.add(socket)
      const wait = () => {
        const [next] = owed.get(socket) ?? []
        if (next?.req.complete) next.once('close', wait)
        else then(next)
      }
      wait()
    },
    count: () => [...owed.values()].reduce((sum, { size }) => sum + size, 0),
    closeIdle() {
      for (const [socket, answers] of owed) {
        const last = [...answers].at(-1)
        if (!last) socket.destroy()
        // Not on those before it: the connection would be closed behind them.
        else if (!last.headersSent) last.setHeader('Connection', 'close')
      }
    },
    cutAll() {
      for (const socket of owed.keys()) socket.destroy()
    },
  }
}
