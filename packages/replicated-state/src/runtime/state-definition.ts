import type { Owner } from "../containers/owner.ts";

/** A state as of a position in the log. Immutable: keep it for as long as you like, it shares what did not change. */
export interface Image<State> {
  readonly state: State;
  /** The last offset that is part of it, inclusive; -1 when empty. */
  readonly offset: number;
  /** Of the last batch in it. */
  readonly epoch: number;
}

/** Turns records into bytes and back. `decode` of what `encode` made must never throw. */
export interface RecordCodec<LogRecord> {
  encode(record: LogRecord): Uint8Array;
  /** `bytes` is a view of a larger buffer: copy what is kept. */
  decode(bytes: Uint8Array): LogRecord;
}

/**
 * What a state is and how records change it. `replay` is the only writer: of the leader's uncommitted state, of a
 * follower's, and while the log or a snapshot is loaded.
 */
export interface StateDefinition<State, Draft, LogRecord> {
  readonly empty: State;
  /** A draft starts from a state and writes its containers as `owner`, so that a batch copies what it touches once. */
  draft(state: State, owner: Owner): Draft;
  /** The draft as a state. It may be called several times for one draft, and costs next to nothing. */
  seal(draft: Draft): State;
  /** Deterministic, and never refuses: what should not be written must not be decided. A throw ends the node. */
  replay(draft: Draft, record: LogRecord, offset: number): void;
  /** Records that, replayed on `empty`, make an equal state. Lazily, in a deterministic order. */
  snapshot(state: State): Iterable<LogRecord>;
}

/** A flat state: every field an immutable value or a container. Its draft is the same fields, to be assigned. */
export type FlatDraft<State> = { -readonly [Field in keyof State]: State[Field] } & { readonly owner: Owner };

/** `draft` and `seal` for a flat state. */
export function flatDrafts<State extends object>(): {
  draft(state: State, owner: Owner): FlatDraft<State>;
  seal(draft: FlatDraft<State>): State;
} {
  return {
    draft: (state, owner) => ({ ...state, owner }) as FlatDraft<State>,
    seal: ({ owner: _, ...state }) => state as unknown as State,
  };
}
