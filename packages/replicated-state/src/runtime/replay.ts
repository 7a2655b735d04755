import { Owner } from "../containers/owner.ts";
import type { DecodedBatch } from "./replicated-state-options.ts";
import type { Image, StateDefinition } from "./state-definition.ts";

/** The offset of a batch's record: its own where the log gives each record one, else that of the batch. */
export function offsetOfRecord(baseOffset: number, span: number, recordIndex: number): number {
  return baseOffset + Math.min(recordIndex, span - 1);
}

/** The image after `batches`, which follow it; `upTo` is the position that it then stands for. */
export function replayBatches<State, Draft, LogRecord>(
  definition: StateDefinition<State, Draft, LogRecord>,
  image: Image<State>,
  batches: readonly DecodedBatch<LogRecord>[],
  upTo: { readonly offset: number; readonly epoch: number },
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
