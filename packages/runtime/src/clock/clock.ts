/** A timer that was armed. Cancelling one that has fired, or twice, does nothing. */
export interface Timer {
  cancel(): void;
}

/** Time as a node sees it. Callbacks run from the clock's own turn, never inside `setTimer`. */
export interface Clock {
  /** Wall time in milliseconds since the epoch, whole; may step backwards. */
  nowMs(): number;
  /** Milliseconds since some fixed point, with fractions; never steps backwards. For durations. */
  monotonicMs(): number;
  /** Runs `callback` once, no sooner than `delayMs` (0 or more) from now. It does not keep a process alive. */
  setTimer(delayMs: number, callback: () => void): Timer;
}

/**
 * The two times of a node. Liveness is real whenever sockets are: raft, broker sessions, long polls, request
 * timeouts. Domain time may be virtual: record locks, member sessions, retention, delays, timestamps.
 */
export interface Clocks {
  readonly liveness: Clock;
  readonly domain: Clock;
}
