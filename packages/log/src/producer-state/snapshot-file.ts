import { incrementSequence, NO_SEQUENCE } from "@millrace/kafka-protocol";
import { crc32c } from "@node-rs/crc32";
import { readInt64, writeInt64 } from "../int64.ts";
import { ProducerEntry } from "./producer-entry.ts";

// Kafka's producer snapshot, version 1: version (2), CRC-32C of what follows it (4), number of entries (4), entries.
const VERSION = 1;
const CRC_AT = 2;
const ENTRIES_AT = 6;
const HEADER_BYTES = 10;
const ENTRY_BYTES = 46;
const SEQUENCES = 2 ** 31;
const NO_OFFSET = -1;

export function formatSnapshot(entries: ReadonlyMap<number, ProducerEntry>): Buffer {
  const snapshot = Buffer.alloc(HEADER_BYTES + entries.size * ENTRY_BYTES);
  snapshot.writeInt16BE(VERSION, 0);
  snapshot.writeInt32BE(entries.size, ENTRIES_AT);
  let at = HEADER_BYTES;
  for (const entry of entries.values()) {
    writeEntry(snapshot, at, entry);
    at += ENTRY_BYTES;
  }
  snapshot.writeUInt32BE(crc32c(snapshot.subarray(ENTRIES_AT)), CRC_AT);
  return snapshot;
}

/** Undefined when the file is damaged; an earlier snapshot and more of the log do then. */
export function parseSnapshot(content: Buffer): Map<number, ProducerEntry> | undefined {
  if (content.length < HEADER_BYTES || content.readInt16BE(0) !== VERSION) return undefined;
  if (content.length !== HEADER_BYTES + content.readInt32BE(ENTRIES_AT) * ENTRY_BYTES) return undefined;
  if (crc32c(content.subarray(ENTRIES_AT)) !== content.readUInt32BE(CRC_AT)) return undefined;
  const entries = new Map<number, ProducerEntry>();
  for (let at = HEADER_BYTES; at < content.length; at += ENTRY_BYTES) {
    const entry = readEntry(content, at);
    entries.set(entry.producerId, entry);
  }
  return entries;
}

function writeEntry(snapshot: Buffer, at: number, entry: ProducerEntry): void {
  const last = entry.batches.at(-1);
  writeInt64(snapshot, at, entry.producerId);
  snapshot.writeInt16BE(entry.producerEpoch, at + 8);
  snapshot.writeInt32BE(last?.lastSequence ?? NO_SEQUENCE, at + 10);
  writeInt64(snapshot, at + 14, last?.lastOffset ?? NO_OFFSET);
  snapshot.writeInt32BE(last?.offsetDelta ?? 0, at + 22);
  writeInt64(snapshot, at + 26, entry.lastTimestampMs);
  snapshot.writeInt32BE(entry.coordinatorEpoch, at + 34);
  writeInt64(snapshot, at + 38, entry.transactionFirstOffset ?? NO_OFFSET);
}

function readEntry(snapshot: Buffer, at: number): ProducerEntry {
  const entry = new ProducerEntry(readInt64(snapshot, at));
  const lastSequence = snapshot.readInt32BE(at + 10);
  const lastOffset = readInt64(snapshot, at + 14);
  const offsetDelta = snapshot.readInt32BE(at + 22);
  const transactionFirstOffset = readInt64(snapshot, at + 38);
  entry.producerEpoch = snapshot.readInt16BE(at + 8);
  entry.lastTimestampMs = readInt64(snapshot, at + 26);
  entry.coordinatorEpoch = snapshot.readInt32BE(at + 34);
  if (transactionFirstOffset !== NO_OFFSET) entry.transactionFirstOffset = transactionFirstOffset;
  if (lastOffset !== NO_OFFSET && lastSequence !== NO_SEQUENCE) {
    const firstSequence = incrementSequence(lastSequence, SEQUENCES - offsetDelta);
    entry.batches = [
      { firstSequence, lastSequence, lastOffset, offsetDelta, timestampMs: entry.lastTimestampMs },
    ];
  }
  return entry;
}
