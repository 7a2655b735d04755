import type { Entry, LogIndex, Term, TermStart } from "../entry.ts";
import { RaftStorageError } from "../raft-error.ts";
import { decodeFrame, hasLaterGroup } from "./frame.ts";
import { checkSegmentHeader, segmentHeaderBytes } from "./segment-header.ts";

export interface SegmentScan {
  /** Where each entry's frame begins, from the segment's base index on. */
  readonly positions: number[];
  /** End of the last whole frame; what is behind it is a torn write. */
  readonly endPosition: number;
  /** Where the last group that is whole so far begins; 0 when there is none. Everything before it had been synced. */
  readonly lastGroupPosition: number;
  readonly termStarts: readonly TermStart[];
  readonly votersEntries: readonly Entry[];
}

export interface ScanOptions {
  readonly file: string;
  readonly baseIndex: LogIndex;
  /** Of the entry before the segment, as far as known. */
  readonly termBefore: Term;
  /** All of it had been synced: a later segment exists, or the storage was closed in order. */
  readonly isSealed: boolean;
}

/**
 * Reads a whole segment. Groups are synced one after the other, so only the last one of the last segment may be torn:
 * damage in a sealed segment, or in front of a frame of a later group, had been synced, and is refused.
 *
 * Damage in the last group itself cannot be told from a torn write and is cut as one.
 */
export function scanSegment(bytes: Buffer, options: ScanOptions): SegmentScan {
  const { file, baseIndex, isSealed } = options;
  checkSegmentHeader(bytes, file, baseIndex);
  const positions: number[] = [];
  const termStarts: TermStart[] = [];
  const votersEntries: Entry[] = [];
  let term = options.termBefore;
  let at = segmentHeaderBytes;
  let lastGroup = baseIndex;
  while (at < bytes.length) {
    const index = baseIndex + positions.length;
    const frame = decodeFrame(bytes, at);
    if (frame === undefined) {
      if (isSealed || hasLaterGroup(bytes, at + 1, index)) {
        throw new RaftStorageError("CORRUPT", file, at, `entry ${index} is damaged`);
      }
      break;
    }
    const { entry } = frame;
    if (entry.index !== index || entry.term < term) {
      throw new RaftStorageError(
        "CORRUPT",
        file,
        at,
        `found entry ${entry.index} of term ${entry.term}, not ${index}`,
      );
    }
    if (termStarts.at(-1)?.term !== entry.term) termStarts.push({ term: entry.term, firstIndex: index });
    if (entry.kind === "voters") votersEntries.push({ ...entry, payload: entry.payload.slice() });
    term = entry.term;
    lastGroup = frame.groupStart;
    positions.push(at);
    at += frame.sizeBytes;
  }
  const lastGroupPosition = positions[lastGroup - baseIndex] ?? 0;
  return { positions, endPosition: at, lastGroupPosition, termStarts, votersEntries };
}
