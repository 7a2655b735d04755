import type {
  Endpoint,
  Entry,
  EntryId,
  HardState,
  LogIndex,
  MemberKey,
  SnapshotId,
  Term,
  Voter,
} from "../entry.ts";
import type { JoinRequest, JoinResponse, Message, SnapshotChunk } from "../message.ts";

export type Input =
  | { readonly type: "tick" }
  | { readonly type: "message"; readonly message: Message }
  /** A `Persist` of these effects is on the disk, by its last entry; several may be reported as one. */
  | {
      readonly type: "persisted";
      readonly hardState: HardState | undefined;
      readonly last: EntryId | undefined;
      readonly truncations: number;
    }
  /** Answers a `ReadEntries`; without entries when they are not there any more. */
  | { readonly type: "entriesRead"; readonly to: MemberKey; readonly entries: readonly Entry[] }
  /** The storage may have dropped entries before `firstIndex`: a snapshot covers them. */
  | { readonly type: "compacted"; readonly firstIndex: LogIndex }
  /** Answers a `ReadSnapshot`; undefined when it could not be read. */
  | { readonly type: "snapshotRead"; readonly to: MemberKey; readonly piece: SnapshotPiece | undefined }
  /** What became of a chunk, and with which byte the receiver goes on; `whole` when it has the last one. */
  | {
      readonly type: "snapshotReceived";
      readonly chunk: SnapshotChunk;
      readonly status: "receiving" | "whole" | "refused";
      readonly offset: number;
    }
  /** Answers `installSnapshot`: the storage has it, and its log follows it. Not so: it was damaged, and is dropped. */
  | { readonly type: "snapshotInstalled"; readonly snapshot: SnapshotId; readonly installed: boolean }
  /** The leader's port refuses connections: its process is gone. */
  | { readonly type: "leaderRefused"; readonly leader: MemberKey }
  /** The time of `campaignAfter` is over. */
  | { readonly type: "campaignNow"; readonly term: Term };

/** What must reach the disk, in the order in which it was taken. */
export interface Persist {
  readonly hardState: HardState | undefined;
  /** Everything from this index on is dropped first. */
  readonly truncateFrom: LogIndex | undefined;
  /** How often that happened since the start, this time included. It comes back when this is on the disk. */
  readonly truncations: number;
  readonly entries: readonly Entry[];
  /** Answers that depend on it, or on what was taken before: sent when it is on the disk, not before. May be all. */
  readonly thenSend: readonly Message[];
}

/** A read that was confirmed: it sees what it must once the state machine applied `index`. */
export interface ConfirmedRead {
  readonly token: number;
  /** Undefined: nobody confirmed it, and nobody will. */
  readonly index: LogIndex | undefined;
}

/** A follower needs entries that are in the storage only. Answered by `entriesRead`; one at a time a follower. */
export interface ReadEntries {
  readonly to: MemberKey;
  readonly from: LogIndex;
  readonly through: LogIndex;
  readonly bytesMax: number;
}

/** A follower needs bytes of a snapshot. Answered by `snapshotRead`; one at a time a follower. */
export interface ReadSnapshot {
  readonly to: MemberKey;
  /** Undefined: the latest, whichever that is. */
  readonly snapshot: EntryId | undefined;
  readonly offset: number;
}

export interface SnapshotPiece {
  readonly snapshot: SnapshotId;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly last: boolean;
}

/** A message to endpoints, whoever is there. */
export interface Contact {
  readonly endpoints: readonly Endpoint[];
  readonly message: JoinRequest | JoinResponse;
}

/** To be carried out in the order of the fields. */
export interface Effects {
  /** Whom the transport has to reach from now on, if that changed. */
  readonly members: readonly Voter[] | undefined;
  readonly persist: Persist | undefined;
  readonly sendNow: readonly Message[];
  readonly contacts: readonly Contact[];
  readonly readEntries: readonly ReadEntries[];
  /** They need no more of the snapshot that they got: close what was opened for them. */
  readonly endSnapshots: readonly MemberKey[];
  readonly readSnapshots: readonly ReadSnapshot[];
  /** For the receiver, which answers with `snapshotReceived`. */
  readonly snapshotChunks: readonly SnapshotChunk[];
  /** Make the received snapshot the storage's, once everything in `persist` so far is on the disk. */
  readonly installSnapshot: SnapshotId | undefined;
  /** The state machine is to be restored from the storage's snapshot before anything else is applied. */
  readonly restore: SnapshotId | undefined;
  /** Committed and on this disk, if that moved: everything up to here may be applied. */
  readonly applyThrough: LogIndex | undefined;
  readonly confirmedReads: readonly ConfirmedRead[];
  /** Come back with `campaignNow`; a later one replaces it. */
  readonly campaignAfter: { readonly delayMs: number; readonly term: Term } | undefined;
  /** Role, term or leader changed. */
  readonly roleChanged: boolean;
}
