import type { Executor } from "@millrace/runtime";
import { Owner } from "../containers/owner.ts";
import type { EncodedBatch, LogPosition } from "./commit-log.ts";
import { encodeChunk } from "./encode-chunk.ts";
import { Slices } from "./slices.ts";
import type { Image, RecordCodec, StateDefinition } from "./state-definition.ts";

const chunkBytes = 64 * 1024;

/** Encodes a state in chunks of about 64 KiB, in slices: it goes on being served meanwhile. */
export async function* writeSnapshot<State, Draft, LogRecord>(
  definition: StateDefinition<State, Draft, LogRecord>,
  codec: RecordCodec<LogRecord>,
  executor: Executor,
  state: State,
): AsyncGenerator<EncodedBatch> {
  const records = definition.snapshot(state)[Symbol.iterator]();
  for (;;) {
    const chunk = await executor.run(encodeChunk(records, codec, chunkBytes));
    if (chunk.length === 0) return;
    yield chunk;
  }
}

/** The image that a snapshot holds. Replays its records as any others, at the snapshot's offset. */
export async function readSnapshot<State, Draft, LogRecord>(
  definition: StateDefinition<State, Draft, LogRecord>,
  codec: RecordCodec<LogRecord>,
  executor: Executor,
  position: LogPosition,
  chunks: AsyncIterable<EncodedBatch>,
): Promise<Image<State>> {
  const draft = definition.draft(definition.empty, new Owner());
  for await (const chunk of chunks) {
    await executor.run(
      (function* () {
        const slices = new Slices();
        for (const bytes of chunk) {
          definition.replay(draft, codec.decode(bytes), position.offset);
          if (slices.isOver(bytes.length)) yield;
        }
      })(),
    );
  }
  return { state: definition.seal(draft), offset: position.offset, epoch: position.epoch };
}
