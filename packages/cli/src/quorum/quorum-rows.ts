import type { QuorumInfo, QuorumMember } from "@millrace/client";

export type MemberRole = "leader" | "voter" | "observer";

/** What is to be said of a member, compared with its leader. */
export interface QuorumRow {
  readonly role: MemberRole;
  readonly member: QuorumMember;
  /** Records that the leader has and it does not. */
  readonly lag: number;
  /** By the leader's clock, so that the reader's does not matter; undefined: not since that one leads. */
  readonly sinceFetchMs: number | undefined;
  readonly sinceCaughtUpMs: number | undefined;
}

/** The leader first, then the other voters and the observers, each by id. */
export function quorumRows({ leaderId, highWatermark, voters, observers }: QuorumInfo): readonly QuorumRow[] {
  const leader = [...voters, ...observers].find(({ nodeId }) => nodeId === leaderId);
  const logEndOffset = leader?.logEndOffset ?? highWatermark;
  const nowMs = leader?.lastFetchTimestampMs;
  const since = (timestampMs: number | undefined): number | undefined =>
    timestampMs === undefined || nowMs === undefined ? undefined : Math.max(0, nowMs - timestampMs);
  const row = (role: MemberRole, member: QuorumMember): QuorumRow => ({
    role,
    member,
    lag: Math.max(0, logEndOffset - member.logEndOffset),
    sinceFetchMs: since(member.lastFetchTimestampMs),
    sinceCaughtUpMs: since(member.lastCaughtUpTimestampMs),
  });
  const byId = (members: readonly QuorumMember[]): readonly QuorumMember[] =>
    members.filter((one) => one !== leader).sort((a, b) => a.nodeId - b.nodeId);
  return [
    ...(leader === undefined ? [] : [row("leader", leader)]),
    ...byId(voters).map((member) => row("voter", member)),
    ...byId(observers).map((member) => row("observer", member)),
  ];
}
