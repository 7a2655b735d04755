/** How a client of registers goes about. */
export interface ClientHabits {
  /** Between an answer and the next call, at most. */
  readonly thinkMsMax: number;
  /** Without an answer for so long, a call counts as lost. */
  readonly timeoutMs: number;
  readonly readRate: number;
  readonly compareAndSetRate: number;
  /** How often it asks any node instead of the one that leads. */
  readonly strayRate: number;
  readonly paddingMax: number;
}
