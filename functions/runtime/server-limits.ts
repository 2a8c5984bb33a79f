/** What one client, or many of them, may take of a function before it is answered. */
export type ServerLimits = {
  maxHeaderBytes: number
  headersTimeoutMs: number
  requestTimeoutMs: number
  checkIntervalMs: number
  stalledAnswerMs: number
  answerTimeoutMs: number
  keepAliveTimeoutMs: number
  maxConnections: number
}

export const SERVER_LIMITS: ServerLimits = {
  /**
   * Bytes of a target and of the names and values of all headers together; more is 431. Stops header
   * floods. Their number has no limit of its own: Node drops what is beyond one in silence, a proxy's
   * X-Forwarded-For as well.
   */
  maxHeaderBytes: 16_384,

  /**
   * For the head, also the first one of a new connection. Stops heads of one byte a second (408). Not shorter
   * than the time of an idle connection, see below: Knative's queue-proxy keeps some that it opened and
   * never needed, and would send a request just as it is refused.
   */
  headersTimeoutMs: 100_000,

  /**
   * For the head and the body. Stops uploads of one byte a second (408), which hold room for all the bytes
   * that came before. It is the `timeoutSeconds` of the api on Knative, so that both end alike.
   */
  requestTimeoutMs: 120_000,

  /** How late the two above may be noticed. */
  checkIntervalMs: 5000,

  /**
   * For an answer of which the network takes no byte: a reader that stopped, or a peer that vanished
   * without a word, for which TCP itself would keep the result some 15 minutes.
   */
  stalledAnswerMs: 20_000,

  /** For a whole answer. Stops readers of one byte a second, which hold a result in memory. */
  answerTimeoutMs: 120_000,

  /**
   * For an idle connection. Above the 90 s for which Knative's queue-proxy keeps one: whoever closes first
   * must not be the server, or a request just sent on it is answered with a reset.
   */
  keepAliveTimeoutMs: 100_000,

  /**
   * Connections at once; more are closed as they come. Stops idle ones by the thousand, which take memory,
   * and the file descriptors that calls of the other function and of the store need.
   */
  maxConnections: 4000,
}
