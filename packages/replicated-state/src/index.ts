export { ChunkedColumn, type ColumnType } from "./containers/chunked-column.ts";
export { Owner } from "./containers/owner.ts";
export { PersistentMap } from "./containers/persistent-map.ts";
export type {
  AppendExpectation,
  CommitLog,
  CommitLogListener,
  CommittedBatch,
  EncodedBatch,
  LogPosition,
} from "./runtime/commit-log.ts";
export {
  type Acceptance,
  type Decide,
  type DecideEnv,
  type Decision,
  type Refusal,
  refuse,
  type TimerChange,
} from "./runtime/decision.ts";
export { encodeChunk } from "./runtime/encode-chunk.ts";
export { ReplicatedState } from "./runtime/replicated-state.ts";
export {
  type Commit,
  type CommitListener,
  type DecodedBatch,
  defaultStateLimits,
  type ReplicatedStateOptions,
  type StateErrors,
  type StateLimits,
  type StateRole,
} from "./runtime/replicated-state-options.ts";
export { Slices } from "./runtime/slices.ts";
export {
  type FlatDraft,
  flatDrafts,
  type Image,
  type RecordCodec,
  type StateDefinition,
} from "./runtime/state-definition.ts";
