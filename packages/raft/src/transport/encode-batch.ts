import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  EntryKind,
  type MemberKeySchema,
  type MessageSchema,
  SnapshotStatus,
  type VoterSchema,
} from "@millrace/proto/raft";
import type { Entry, EntryId, MemberKey, SnapshotId, Voter } from "../entry.ts";
import type { Message } from "../message.ts";

type MessageInit = MessageInitShape<typeof MessageSchema>;

/** A `MessageBatch` without who it is from. */
export interface EncodedBatch {
  readonly messages: MessageInit[];
  readonly payloads: Uint8Array[];
}

const entryKinds = { data: EntryKind.DATA, noop: EntryKind.NOOP, voters: EntryKind.VOTERS } as const;

const snapshotStatuses = {
  receiving: SnapshotStatus.RECEIVING,
  installed: SnapshotStatus.INSTALLED,
  refused: SnapshotStatus.REFUSED,
} as const;

/** Payloads are handed over as they are: they must not change until the batch was sent. */
export function encodeBatch(messages: readonly Message[]): EncodedBatch {
  const payloads: Uint8Array[] = [];
  const encoded = messages.map((message) => {
    if (message.type === "appendRequest") for (const { payload } of message.entries) payloads.push(payload);
    else if (message.type === "snapshotChunk") payloads.push(message.bytes);
    return encodeMessage(message);
  });
  return { messages: encoded, payloads };
}

/** Without the bytes of its payloads, and without who it is from and for. */
export function encodeMessage(message: Message): MessageInit {
  return { term: BigInt(message.term), body: encodeBody(message) };
}

export function encodeMemberKey({ id, directoryId }: MemberKey): MessageInitShape<typeof MemberKeySchema> {
  return { id, directoryId };
}

function encodeBody(message: Message): NonNullable<MessageInit["body"]> {
  switch (message.type) {
    case "voteRequest":
    case "preVoteRequest":
      return { case: message.type, value: { last: entryId(message.last), transfer: message.transfer } };
    case "voteResponse":
    case "preVoteResponse":
      return { case: message.type, value: { granted: message.granted } };
    case "appendRequest": {
      const { previous, commitIndex, round, entries } = message;
      const value = {
        previous: entryId(previous),
        commitIndex: BigInt(commitIndex),
        round: BigInt(round),
        kinds: entries.map((entry) => entryKinds[entry.kind]),
        terms: termRuns(entries),
      };
      return { case: message.type, value };
    }
    case "appendResponse": {
      const { round, accepted, lastIndex, hint } = message;
      const answer = { round: BigInt(round), accepted, lastIndex: BigInt(lastIndex) };
      return { case: message.type, value: hint === undefined ? answer : { ...answer, hint: entryId(hint) } };
    }
    case "snapshotChunk": {
      const { snapshot, offset, last, round } = message;
      const chunk = { ...snapshotId(snapshot), offset: BigInt(offset), last, round: BigInt(round) };
      return { case: message.type, value: chunk };
    }
    case "snapshotResponse": {
      const { snapshot, status, offset, round } = message;
      const value = {
        snapshot: entryId(snapshot),
        status: snapshotStatuses[status],
        offset: BigInt(offset),
        round: BigInt(round),
      };
      return { case: message.type, value };
    }
    case "timeoutNow":
      return { case: message.type, value: {} };
    case "readIndexRequest":
      return { case: message.type, value: { token: BigInt(message.token) } };
    case "readIndexResponse": {
      const token = BigInt(message.token);
      return {
        case: message.type,
        value: message.index === undefined ? { token } : { token, index: BigInt(message.index) },
      };
    }
    case "joinRequest":
      return { case: message.type, value: { endpoint: message.endpoint } };
    case "joinResponse":
      return {
        case: message.type,
        value: message.leader === undefined ? {} : { leader: encodeVoter(message.leader) },
      };
  }
}

function termRuns(entries: readonly Entry[]) {
  const runs: { readonly term: bigint; count: number }[] = [];
  let term: number | undefined;
  for (const entry of entries) {
    if (entry.term !== term) runs.push({ term: BigInt(entry.term), count: 0 });
    (runs.at(-1) as { count: number }).count++;
    term = entry.term;
  }
  return runs;
}

function snapshotId(snapshot: SnapshotId) {
  const id = { snapshot: entryId(snapshot) };
  return snapshot.voters === undefined ? id : { ...id, voters: { voters: snapshot.voters.map(encodeVoter) } };
}

function entryId({ index, term }: EntryId) {
  return { index: BigInt(index), term: BigInt(term) };
}

function encodeVoter({ id, directoryId, endpoint }: Voter): MessageInitShape<typeof VoterSchema> {
  return { key: { id, directoryId }, endpoint: { host: endpoint.host, port: endpoint.port } };
}
