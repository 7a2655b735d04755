import type { RaftCore } from "../core/raft-core.ts";
import type { Voter } from "../entry.ts";
import { sameMember } from "../member-key.ts";
import type { MemberStatus } from "./raft-node-options.ts";

/** What a leader knows of everyone's log, itself first, then the other voters; empty on other nodes. */
export function memberStatus(core: RaftCore, tickMs: number): readonly MemberStatus[] {
  const { role, lastIndex, stableIndex, ticks } = core;
  if (role.name !== "leader") return [];
  const self = core.leaderRecord;
  const since = (tick: number | undefined): number | undefined =>
    tick === undefined ? undefined : (ticks - tick) * tickMs;
  const others = [...role.progress.values()].map(({ member, isVoter, match, contactTick, caughtUpTick }) => ({
    ...record(member),
    isVoter,
    matchIndex: match,
    lag: lastIndex - match,
    sinceContactMs: since(contactTick),
    sinceCaughtUpMs: since(caughtUpTick),
  }));
  const own =
    self === undefined ? [] : [{ ...record(self), ...ownStatus(core, self, lastIndex - stableIndex) }];
  return [...own, ...others.filter(({ isVoter }) => isVoter), ...others.filter(({ isVoter }) => !isVoter)];
}

function record({ id, directoryId, endpoint }: Voter): Voter {
  return { id, directoryId, endpoint };
}

function ownStatus({ voters, stableIndex }: RaftCore, self: Voter, lag: number) {
  const isVoter = voters.some((voter) => sameMember(voter, self));
  return { isVoter, matchIndex: stableIndex, lag, sinceContactMs: 0, sinceCaughtUpMs: 0 };
}
