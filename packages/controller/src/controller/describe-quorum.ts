import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DescribeQuorumResponseSchema, QuorumMemberSchema } from "@millrace/proto/admin";
import type { MemberStatus, RaftStatus } from "@millrace/raft";
import type { Clock } from "@millrace/runtime";
import type { BrokerRegistration } from "../image/metadata-state.ts";
import { uuidToBytes } from "../image/uuid.ts";
import type { Controller } from "./controller.ts";

type MemberInit = MessageInitShape<typeof QuorumMemberSchema>;

/** The quorum as its leader knows it: voters, learners, and brokers that follow by their sessions. */
export function describeQuorum(
  { nodeId, image, sessions, clock }: Controller,
  { term, commitIndex, lastIndex, members }: RaftStatus,
): MessageInitShape<typeof DescribeQuorumResponseSchema> {
  const ids = new Set(members.map(({ id }) => id));
  const brokers = image.brokers.filter(({ id }) => !ids.has(id));
  const following = brokers.flatMap((broker) => {
    const session = sessions.status(broker.id);
    return session === undefined ? [] : [brokerMember(broker, session, { lastIndex, clock })];
  });
  const described = members.map((member) => raftMember(member, clock));
  const isVoter = (_: MemberInit, i: number): boolean => members[i]!.isVoter;
  return {
    leaderId: nodeId,
    leaderEpoch: term,
    highWatermark: BigInt(commitIndex + 1),
    voters: described.filter(isVoter),
    observers: [...described.filter((member, i) => !isVoter(member, i)), ...following],
  };
}

function raftMember(member: MemberStatus, clock: Clock): MemberInit {
  return {
    nodeId: member.id,
    directoryId: uuidToBytes(member.directoryId),
    logEndOffset: BigInt(member.matchIndex + 1),
    lastFetchTimestampMs: timestamp(clock, member.sinceContactMs),
    lastCaughtUpTimestampMs: timestamp(clock, member.sinceCaughtUpMs),
    host: member.endpoint.host,
    port: member.endpoint.port,
  };
}

function brokerMember(
  { id, directoryId }: BrokerRegistration,
  { appliedOffset, silentMs }: { readonly appliedOffset: number; readonly silentMs: number | undefined },
  { lastIndex, clock }: { readonly lastIndex: number; readonly clock: Clock },
): MemberInit {
  return {
    nodeId: id,
    directoryId: uuidToBytes(directoryId),
    logEndOffset: BigInt(appliedOffset + 1),
    lastFetchTimestampMs: timestamp(clock, silentMs),
    lastCaughtUpTimestampMs: timestamp(clock, appliedOffset >= lastIndex ? silentMs : undefined),
  };
}

function timestamp(clock: Clock, agoMs: number | undefined): bigint {
  return agoMs === undefined ? -1n : BigInt(Math.round(clock.nowMs() - agoMs));
}
