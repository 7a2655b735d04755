import type * as wire from "@millrace/proto/raft";
import { EntryKind, type MessageBatch, SnapshotStatus } from "@millrace/proto/raft";
import { ApiError, isNodeAddress } from "@millrace/runtime";
import type { Endpoint, Entry, EntryId, MemberKey, SnapshotId, Voter } from "../entry.ts";
import type { Message } from "../message.ts";
import { ownPayloads } from "./own-payloads.ts";

/** `from` is who the stream says it is, `to` this node. */
export interface Envelope {
  readonly from: MemberKey;
  readonly to: MemberKey;
}

/** Refuses with INVALID_REQUEST what `encodeBatch` cannot have made. */
export function decodeBatch(batch: MessageBatch, envelope: Envelope): Message[] {
  const payloads = ownPayloads(batch.payloads).values();
  const messages = batch.messages.map((message) => decodeMessage(message, envelope, payloads));
  if (payloads.next().done !== true) throw invalid("more payloads than messages ask for");
  return messages;
}

export function decodeMessage(
  { term: encodedTerm, body }: wire.Message,
  { from, to }: Envelope,
  payloads: Iterator<Uint8Array> = [].values(),
): Message {
  const envelope = { from, to, term: integer(encodedTerm) };
  switch (body.case) {
    case "voteRequest":
    case "preVoteRequest": {
      const type = body.case;
      return { type, ...envelope, last: entryId(body.value.last), transfer: body.value.transfer };
    }
    case "voteResponse":
    case "preVoteResponse":
      return { type: body.case, ...envelope, granted: body.value.granted };
    case "appendRequest": {
      const previous = entryId(body.value.previous);
      return {
        type: "appendRequest",
        ...envelope,
        previous,
        entries: decodeEntries(body.value, previous.index + 1, payloads),
        commitIndex: integer(body.value.commitIndex),
        round: integer(body.value.round),
      };
    }
    case "appendResponse": {
      const { round, accepted, lastIndex, hint } = body.value;
      return {
        type: "appendResponse",
        ...envelope,
        round: integer(round),
        accepted,
        lastIndex: integer(lastIndex),
        hint: hint && entryId(hint),
      };
    }
    case "snapshotChunk":
      return {
        type: "snapshotChunk",
        ...envelope,
        snapshot: snapshotId(body.value),
        offset: integer(body.value.offset),
        bytes: nextPayload(payloads),
        last: body.value.last,
        round: integer(body.value.round),
      };
    case "snapshotResponse":
      return {
        type: "snapshotResponse",
        ...envelope,
        snapshot: entryId(body.value.snapshot),
        status: snapshotStatus(body.value.status),
        offset: integer(body.value.offset),
        round: integer(body.value.round),
      };
    case "timeoutNow":
      return { type: "timeoutNow", ...envelope };
    case "readIndexRequest":
      return { type: "readIndexRequest", ...envelope, token: integer(body.value.token) };
    case "readIndexResponse": {
      const { token, index } = body.value;
      const decoded = index === undefined ? undefined : integer(index);
      return { type: "readIndexResponse", ...envelope, token: integer(token), index: decoded };
    }
    case "joinRequest":
      return { type: "joinRequest", ...envelope, endpoint: decodeEndpoint(body.value.endpoint) };
    case "joinResponse":
      return { type: "joinResponse", ...envelope, leader: body.value.leader && voter(body.value.leader) };
    case undefined:
      throw invalid("a message of a kind that is unknown here");
  }
}

export function decodeMemberKey(key: wire.MemberKey | undefined): MemberKey {
  if (key === undefined) throw invalid("a member key is missing");
  return { id: key.id, directoryId: key.directoryId };
}

function decodeEntries(
  { kinds, terms }: wire.AppendRequest,
  firstIndex: number,
  payloads: Iterator<Uint8Array>,
): Entry[] {
  const entries: Entry[] = [];
  for (const run of terms) {
    const term = integer(run.term);
    if (run.count > kinds.length - entries.length) throw invalid("more terms than entries");
    for (let left = run.count; left > 0; left--) {
      const kind = entryKind(kinds[entries.length]);
      entries.push({ index: firstIndex + entries.length, term, kind, payload: nextPayload(payloads) });
    }
  }
  if (entries.length < kinds.length) throw invalid("more entries than terms");
  return entries;
}

function entryKind(kind: EntryKind | undefined): Entry["kind"] {
  switch (kind) {
    case EntryKind.DATA:
      return "data";
    case EntryKind.NOOP:
      return "noop";
    case EntryKind.VOTERS:
      return "voters";
    default:
      throw invalid("an entry of a kind that is unknown here");
  }
}

function snapshotStatus(status: SnapshotStatus): "receiving" | "installed" | "refused" {
  switch (status) {
    case SnapshotStatus.RECEIVING:
      return "receiving";
    case SnapshotStatus.INSTALLED:
      return "installed";
    case SnapshotStatus.REFUSED:
      return "refused";
    default:
      throw invalid("a snapshot response without a status");
  }
}

function snapshotId({ snapshot, voters }: wire.SnapshotChunk): SnapshotId {
  return { ...entryId(snapshot), voters: voters?.voters.map(loggedVoter) };
}

function entryId(id: wire.EntryId | undefined): EntryId {
  if (id === undefined) throw invalid("the place of an entry is missing");
  return { index: integer(id.index), term: integer(id.term) };
}

function voter({ key, endpoint: place }: wire.Voter): Voter {
  return { ...decodeMemberKey(key), endpoint: decodeEndpoint(place) };
}

/** As the log has it (`decodeVoters`): a quorum of one may have begun on any free port. */
function loggedVoter({ key, endpoint: place }: wire.Voter): Voter {
  if (place === undefined) throw invalid("an endpoint is missing");
  return { ...decodeMemberKey(key), endpoint: { host: place.host, port: place.port } };
}

/** It will be dialled. */
export function decodeEndpoint(place: wire.Endpoint | undefined): Endpoint {
  if (place === undefined) throw invalid("an endpoint is missing");
  if (!isNodeAddress(place)) throw invalid("an endpoint that is no host and port");
  return { host: place.host, port: place.port };
}

function integer(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw invalid(`${value} is no index, term or count`);
  return number;
}

function nextPayload(payloads: Iterator<Uint8Array>): Uint8Array {
  const { done, value } = payloads.next();
  if (done === true) throw invalid("fewer payloads than messages ask for");
  return value;
}

function invalid(detail: string): ApiError {
  return new ApiError("INVALID_REQUEST", { detail });
}
