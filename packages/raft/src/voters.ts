import { isNodeAddress } from "@millrace/runtime";
import type { Voter } from "./entry.ts";
import { RaftError } from "./raft-error.ts";

const formatVersion = 1;

/** The payload of a `voters` entry: JSON, since it is written a few times in the life of a quorum and read by people. */
export function encodeVoters(voters: readonly Voter[]): Uint8Array {
  const sorted = voters.toSorted((a, b) => a.id - b.id);
  return new TextEncoder().encode(JSON.stringify({ version: formatVersion, voters: sorted }));
}

/** Refuses with `BAD_VOTERS` what `encodeVoters` cannot have written. */
export function decodeVoters(payload: Uint8Array): readonly Voter[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch (cause) {
    throw new RaftError("BAD_VOTERS", { cause });
  }
  const { version, voters } = (parsed ?? {}) as { version?: unknown; voters?: unknown };
  if (version !== formatVersion || !Array.isArray(voters) || !voters.every(hasVoterShape)) {
    throw new RaftError("BAD_VOTERS");
  }
  return voters;
}

/** Whether the quorum may take it in: the others can dial it. */
export function isVoter(value: unknown): value is Voter {
  return hasVoterShape(value) && isNodeAddress(value.endpoint);
}

/** As it can stand in a log: a quorum of one may be on any free port, and an old log has to stay readable. */
function hasVoterShape(value: unknown): value is Voter {
  const { id, directoryId, endpoint } = (value ?? {}) as Partial<Voter>;
  return (
    Number.isSafeInteger(id) &&
    typeof directoryId === "string" &&
    typeof endpoint?.host === "string" &&
    Number.isSafeInteger(endpoint.port)
  );
}
