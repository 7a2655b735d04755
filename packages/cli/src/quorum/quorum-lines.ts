import type { QuorumInfo } from "@millrace/client";
import { formatAddress } from "@millrace/runtime";
import { alignedLines } from "../aligned-lines.ts";
import { age } from "./age.ts";
import { quorumRows } from "./quorum-rows.ts";

const headings = ["id", "", "directory", "endpoint", "log end", "lag", "last fetch", "last caught up"];

/** A line about the quorum, then a line a member. */
export function quorumLines(quorum: QuorumInfo): readonly string[] {
  const rows = quorumRows(quorum).map(({ role, member, lag, sinceFetchMs, sinceCaughtUpMs }) => [
    String(member.nodeId),
    role,
    member.directoryId,
    member.endpoint === undefined ? "(broker)" : formatAddress(member.endpoint),
    String(member.logEndOffset),
    String(lag),
    age(sinceFetchMs),
    age(sinceCaughtUpMs),
  ]);
  const { leaderId, leaderEpoch, highWatermark } = quorum;
  return [
    `leader ${leaderId}, term ${leaderEpoch}, high watermark ${highWatermark}`,
    ...alignedLines([headings, ...rows]),
  ];
}

/** One line of JSON, for programs. What is not known is null. */
export function quorumJson(quorum: QuorumInfo): string {
  const { leaderId, leaderEpoch, highWatermark } = quorum;
  const rows = quorumRows(quorum).map(({ role, member, lag, sinceFetchMs, sinceCaughtUpMs }) => ({
    nodeId: member.nodeId,
    role,
    directoryId: member.directoryId,
    endpoint: member.endpoint === undefined ? null : formatAddress(member.endpoint),
    logEndOffset: member.logEndOffset,
    lag,
    sinceFetchMs: sinceFetchMs ?? null,
    sinceCaughtUpMs: sinceCaughtUpMs ?? null,
    isVoter: quorum.voters.includes(member),
  }));
  const of = (isVoter: boolean) =>
    rows.filter((row) => row.isVoter === isVoter).map(({ isVoter: _, ...row }) => row);
  return JSON.stringify({
    leaderId,
    term: leaderEpoch,
    highWatermark,
    voters: of(true),
    observers: of(false),
  });
}
