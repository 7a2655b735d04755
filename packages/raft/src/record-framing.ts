import { RaftError } from "./raft-error.ts";

/** One payload out of several records: each as its length (unsigned LEB128) and its bytes. */
export function frameRecords(records: readonly Uint8Array[]): Uint8Array {
  const size = records.reduce((sum, record) => sum + lengthSize(record.length) + record.length, 0);
  const payload = new Uint8Array(size);
  let at = 0;
  for (const record of records) {
    at = writeLength(payload, at, record.length);
    payload.set(record, at);
    at += record.length;
  }
  return payload;
}

/** Views of `payload`. Refuses with `BAD_RECORDS` what `frameRecords` did not make. */
export function unframeRecords(payload: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at < payload.length; ) {
    let length = 0;
    let scale = 1;
    let byte: number;
    do {
      byte = payload[at++] ?? 0xff;
      length += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80 && at <= payload.length);
    if (at + length > payload.length) throw new RaftError("BAD_RECORDS");
    records.push(payload.subarray(at, at + length));
    at += length;
  }
  return records;
}

function lengthSize(length: number): number {
  let size = 1;
  for (let rest = length >>> 7; rest > 0; rest >>>= 7) size++;
  return size;
}

function writeLength(target: Uint8Array, start: number, length: number): number {
  let at = start;
  let rest = length;
  for (; rest >= 0x80; rest >>>= 7) target[at++] = (rest & 0x7f) | 0x80;
  target[at++] = rest;
  return at;
}
