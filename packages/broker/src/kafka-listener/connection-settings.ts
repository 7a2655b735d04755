/** Bounds of one connection. Times are milliseconds on the liveness clock. */
export interface ConnectionSettings {
  /** `socket.request.max.bytes`. */
  readonly frameBytesMax: number;
  /** Requests taken and not answered. */
  readonly unansweredMax: number;
  /** Bytes of their frames; one frame is taken whatever its size. */
  readonly unansweredBytesMax: number;
  /** Response bytes that have not left; no request is taken above. */
  readonly unsentBytesMax: number;
  /** A frame that has begun has to go on within this time. */
  readonly frameProgressMs: number;
  /** Responses have to leave within this time, plus one second for each megabyte. */
  readonly sendProgressMs: number;
  /** Both, while the process has no memory left for others. */
  readonly shortageProgressMs: number;
  /** `connections.max.idle.ms`. */
  readonly idleMs: number;
}

export const defaultConnectionSettings: ConnectionSettings = {
  frameBytesMax: 104_857_600,
  unansweredMax: 100,
  unansweredBytesMax: 16_777_216,
  unsentBytesMax: 4_194_304,
  frameProgressMs: 30_000,
  sendProgressMs: 30_000,
  shortageProgressMs: 2_000,
  idleMs: 600_000,
};
