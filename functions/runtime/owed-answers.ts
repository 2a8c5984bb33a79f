import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * The connections of a server, and the answers that each of them waits for: several, where a client sends
 * on without waiting (pipelining). Once the server has stopped listening, a connection ends with its last.
 */
export type OwedAnswers = {
  add: (socket: Socket, outgoing: ServerResponse) => void
  /** The one that is next to be sent. */
  next: (socket: Socket) => ServerResponse | undefined
  /** Closes connections without any, and tells the others that they end. */
  closeIdle: () => void
  cutAll: () => void
}

export function trackOwedAnswers(server: Server): OwedAnswers {
  const owed = new Map<Socket, Set<ServerResponse>>()
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
    next(socket) {
      const [first] = owed.get(socket) ?? []
      return first
    },
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
