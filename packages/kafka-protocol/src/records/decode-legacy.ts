import { ProtocolError } from "../protocol-error.ts";
import { Compression, compressionName } from "./batch-attributes.ts";
import { BatchCursor } from "./batch-cursor.ts";
import {
  NO_PARTITION_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  sizeInBytes,
} from "./batch-header.ts";
import { decompress } from "./compression/codecs.ts";
import { decompressLegacyLz4 } from "./compression/lz4.ts";
import { type DecodeLimits, tooManyItems } from "./decode-options.ts";
import type { DecodedBatch } from "./decoded-batch.ts";
import { addInt64, type Int64, subtractInt64 } from "./int64.ts";
import { type LegacyMessage, readLegacyMessage } from "./legacy-message.ts";
import type { DecodedRecord } from "./record.ts";

/** Formats 0 and 1, which are only read. The whole message at `at` lies in the buffer. Throws `ProtocolError`. */
export function decodeLegacyBatch(buffer: Buffer, at: number, limits: DecodeLimits): DecodedBatch {
  const message = readLegacyMessage(buffer, at, at + sizeInBytes(buffer, at), limits.verifyCrc);
  const compression = compressionName(message.compressionId);
  if (compression === undefined || compression === "zstd") {
    throw new ProtocolError("unsupported", "a compression codec that message formats 0 and 1 do not have");
  }
  const records = compression === "none" ? [recordOf(message, message.offset)] : unwrap(message, limits);
  return {
    magic: message.magic,
    baseOffset: records[0]!.offset,
    lastOffset: message.offset,
    partitionLeaderEpoch: NO_PARTITION_LEADER_EPOCH,
    crc: message.crc,
    compression,
    timestampType: message.timestampType,
    maxTimestamp: message.timestamp,
    producerId: NO_PRODUCER_ID,
    producerEpoch: NO_PRODUCER_EPOCH,
    baseSequence: NO_SEQUENCE,
    isTransactional: false,
    isControl: false,
    deleteHorizonMs: undefined,
    records,
  };
}

/** The records of a wrapper: at least one. */
function unwrap(wrapper: LegacyMessage, limits: DecodeLimits): DecodedRecord[] {
  const messages = wrappedMessages(wrapper, limits);
  const last = messages.at(-1);
  if (last === undefined) throw new ProtocolError("invalid", "a compressed message wraps none");
  // In format 0 wrapped offsets are final. In format 1 they are relative, and the wrapper's is that of the last.
  const base: Int64 = wrapper.magic === 0 ? 0 : subtractInt64(wrapper.offset, last.offset);
  const appendTime = wrapper.timestampType === "logAppend" ? wrapper.timestamp : undefined;
  return messages.map((message) => recordOf(message, addInt64(base, message.offset), appendTime));
}

function wrappedMessages(wrapper: LegacyMessage, limits: DecodeLimits): LegacyMessage[] {
  const set = decompressSet(wrapper, limits.decompressedBytesMax);
  const messages: LegacyMessage[] = [];
  const cursor = new BatchCursor(set);
  while (cursor.next()) {
    if (messages.length === limits.itemsMax) throw tooManyItems();
    const message = readLegacyMessage(set, cursor.at, cursor.at + cursor.size, limits.verifyCrc);
    if (message.magic !== wrapper.magic)
      throw new ProtocolError("invalid", "a message wraps one of another format");
    if (message.compressionId !== Compression.none)
      throw new ProtocolError("invalid", "a message is wrapped twice");
    messages.push(message);
  }
  if (cursor.end === "truncated") throw new ProtocolError("truncated", "a wrapped message ends early");
  if (cursor.end === "invalid") throw new ProtocolError("invalid", "a message wraps something else");
  return messages;
}

function decompressSet(wrapper: LegacyMessage, bytesMax: number): Buffer {
  if (wrapper.value === null) throw new ProtocolError("invalid", "a compressed message has no value");
  return wrapper.magic === 0 && wrapper.compressionId === Compression.lz4
    ? decompressLegacyLz4(wrapper.value, bytesMax)
    : decompress(wrapper.compressionId, wrapper.value, bytesMax);
}

function recordOf(message: LegacyMessage, offset: Int64, appendTime = message.timestamp): DecodedRecord {
  return { offset, timestamp: appendTime, key: message.key, value: message.value, headers: [] };
}
