import type { Decide } from "./decision.ts";

/** Arms a timer, replacing that of the same key, or cancels it. A timer that fires becomes an ordinary write. */
export type TimerChange<State, LogRecord> =
  | {
      readonly key: string;
      /** From when the records commit, on the clock that the runtime was given. */
      readonly delayMs: number;
      readonly decide: Decide<State, LogRecord, void>;
    }
  | { readonly key: string; readonly cancel: true };
