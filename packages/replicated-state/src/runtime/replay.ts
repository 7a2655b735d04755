import { Owner } from "../containers/owner.ts";
import type { CommittedBatch, LogPosition } from "./commit-log.ts";
import type { DecodedBatch } from "./replicated-state-options.ts";
import { Slices } from "./slices.ts";
import type { Image, RecordCodec, StateDefinition } from "./state-definition.ts";

/** The offset of a batch's record: its own where the log gives each record one, else that of the batch. */
export function offsetOfRecord(baseOffset: number, span: number, recordIndex: number): number {
  return baseOffset + Math.min(recordIndex, span - 1);
}

/** The image after `batches`, which follow it; `upTo` is the position that it then stands for. */
export function replayBatches<State, Draft, LogRecord>(
  definition: StateDefinition<State, Draft, LogRecord>,
  image: Image<State>,
  batches: readonly DecodedBatch<LogRecord>[],
  upTo: LogPosition,
  span: (recordCount: number) => number,
): Image<State> {
  if (batches.length === 0) return { state: image.state, ...upTo };
  const draft = definition.draft(image.state, new Owner());
  for (const { baseOffset, decoded } of batches) {
    const offsets = span(decoded.length);
    decoded.forEach((record, i) => {
      definition.replay(draft, record, offsetOfRecord(baseOffset, offsets, i));
    });
  }
  return { state: definition.seal(draft), ...upTo };
}

/** Decodes batches that follow `image` and replays them, in slices. */
export function* followBatches<State, Draft, LogRecord>(
  definition: StateDefinition<State, Draft, LogRecord>,
  codec: RecordCodec<LogRecord>,
  image: Image<State>,
  batches: readonly CommittedBatch[],
  upTo: LogPosition,
  span: (recordCount: number) => number,
): Generator<void, Followed<State, LogRecord>> {
  const slices = new Slices();
  const draft = definition.draft(image.state, new Owner());
  const decoded: DecodedBatch<LogRecord>[] = [];
  for (const batch of batches) {
    const records: LogRecord[] = [];
    const offsets = span(batch.records.length);
    for (const [i, bytes] of batch.records.entries()) {
      const record = codec.decode(bytes);
      definition.replay(draft, record, offsetOfRecord(batch.baseOffset, offsets, i));
      records.push(record);
      if (slices.isOver(bytes.length)) yield;
    }
    decoded.push({ ...batch, decoded: records });
  }
  return { image: { state: definition.seal(draft), ...upTo }, decoded };
}

export interface Followed<State, LogRecord> {
  readonly image: Image<State>;
  readonly decoded: readonly DecodedBatch<LogRecord>[];
}
