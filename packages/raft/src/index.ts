export { RaftCommitLog, type RaftCommitLogListener } from "./commit-log.ts";
export type {
  ConfirmedRead,
  Contact,
  Effects,
  Input,
  Persist,
  ReadEntries,
  ReadSnapshot,
  SnapshotPiece,
} from "./core/effects.ts";
export type { ChangeRefusal, VoterChange } from "./core/membership.ts";
export { RaftCore } from "./core/raft-core.ts";
export {
  defaultRaftCoreLimits,
  type RaftCoreLimits,
  type RaftCoreOptions,
} from "./core/raft-core-options.ts";
export type { Candidate, Follower, Leader, PreCandidate, Role } from "./core/roles.ts";
export { type GivenVote, type SafetyRules, safetyRules } from "./core/safety-rules.ts";
export type {
  Endpoint,
  Entry,
  EntryId,
  EntryKind,
  HardState,
  LogIndex,
  MemberKey,
  SnapshotId,
  Term,
  TermStart,
  Voter,
} from "./entry.ts";
export {
  type AppendRequest,
  type AppendResponse,
  anyMember,
  type JoinRequest,
  type JoinResponse,
  type Message,
  type RaftTransport,
  type RaftTransportHandlers,
  type ReadIndexRequest,
  type ReadIndexResponse,
  type SnapshotChunk,
  type SnapshotResponse,
  type TimeoutNow,
  type VoteRequest,
  type VoteResponse,
} from "./message.ts";
export { RaftNode } from "./node/raft-node.ts";
export {
  defaultRaftLimits,
  defaultRaftTiming,
  type MemberStatus,
  type Proposed,
  type ProposeExpectation,
  type RaftLimits,
  type RaftNodeOptions,
  type RaftStatus,
  type RaftTiming,
  type RoleName,
} from "./node/raft-node-options.ts";
export { RaftError, type RaftErrorCode, RaftStorageError, type RaftStorageErrorCode } from "./raft-error.ts";
export { unframeRecords } from "./record-framing.ts";
export type { RaftStateMachine } from "./state-machine.ts";
export { MemoryRaftStorage } from "./storage/memory-raft-storage.ts";
export type {
  InstalledSnapshot,
  OpenedSnapshot,
  PersistBatch,
  RaftStorage,
  SnapshotReceiver,
  StoredSnapshot,
  StoredState,
} from "./storage/raft-storage.ts";
export { type RaftDirectoryItem, readRaftDirectory } from "./storage/read-raft-directory.ts";
export { SegmentedRaftStorage, type SegmentedRaftStorageOptions } from "./storage/segmented-raft-storage.ts";
export { MemoryRaftNetwork, type MemoryRaftNetworkOptions } from "./transport/memory-raft-network.ts";
export type { RaftTransportLimits } from "./transport/peer-link.ts";
export {
  defaultRaftTransportLimits,
  RpcRaftTransport,
  type RpcRaftTransportOptions,
} from "./transport/rpc-raft-transport.ts";
export { decodeVoters, encodeVoters } from "./voters.ts";
