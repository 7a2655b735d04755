/** A node of the quorum of controllers, or one that follows its log. */
export interface QuorumMember {
  readonly nodeId: number;
  /** Of its data directory, 22 characters of base64url: on another disk it is another member. */
  readonly directoryId: string;
  /** The first offset of the metadata log that it does not have. */
  readonly logEndOffset: number;
  /** When it was last heard from, by the leader's clock; undefined: not since that one leads. */
  readonly lastFetchTimestampMs: number | undefined;
  /** When it last had all that the leader had; likewise. */
  readonly lastCaughtUpTimestampMs: number | undefined;
  /** Where other controllers reach it; undefined for brokers. IPv6 addresses without brackets. */
  readonly endpoint: QuorumEndpoint | undefined;
}

export interface QuorumEndpoint {
  readonly host: string;
  readonly port: number;
}

/** The quorum as the active controller knows it (KIP-595). */
export interface QuorumInfo {
  readonly leaderId: number;
  readonly leaderEpoch: number;
  /** The first offset of the metadata log that is not committed. */
  readonly highWatermark: number;
  readonly voters: readonly QuorumMember[];
  /** Who follows without a vote: controllers that are not voters, and brokers. */
  readonly observers: readonly QuorumMember[];
}

/** A voter is an id on one disk. */
export type VoterKey = Pick<QuorumMember, "nodeId" | "directoryId">;

export interface NewVoter extends VoterKey {
  readonly endpoint: QuorumEndpoint;
}
