import type { MaybePromise } from "@millrace/runtime";
import type { ResponseRoom } from "../core/response-room.ts";
import type { Answer } from "./answer.ts";
import type { ConnectionSettings } from "./connection-settings.ts";
import type { Frame } from "./frame.ts";
import type { FrameMemory } from "./frame-memory.ts";
import type { ReadGate } from "./read-gate.ts";

/** What a connection, of the type `C`, needs of its listener. */
export interface ConnectionHost<C> {
  readonly settings: ConnectionSettings;
  readonly memory: FrameMemory;
  readonly gate: ReadGate;
  /** Of this client. */
  readonly room: ResponseRoom;
  /** Milliseconds of the liveness clock, at no cost: as of this turn. */
  nowMs(): number;
  /** Rejects or throws `CloseConnection`, and nothing else. */
  handle(request: Frame): MaybePromise<Answer>;
  /** Calls `flush` once everything that becomes due now is. */
  flushSoon(connection: C): void;
  /** Calls `unmute` after `delayMs`. */
  unmuteLater(connection: C, delayMs: number): void;
  /** An invariant of ours broke. */
  fail(error: unknown): void;
  /** Once. `reason` is undefined when the peer left. */
  closed(connection: C, reason: string | undefined): void;
}
