import type { Executor } from "@millrace/runtime";
import { Owner } from "../containers/owner.ts";
import type { EncodedBatch, LogPosition } from "./commit-log.ts";
import type { Image, RecordCodec, StateDefinition } from "./state-definition.ts";

const chunkBytes = 64 * 1024;
/** Records between two places where other work may go first: tens of microseconds. */
const recordsPerSlice = 64;

/** Encodes a state in chunks of about 64 KiB, in slices: it goes on being served meanwhile. */
export async function* writeSnapshot<State, Draft, LogRecord>(
  definition: StateDefinition<State, Draft, LogRecord>,
  codec: RecordCodec<LogRecord>,
  executor: Executor,
  state: State,
): AsyncGenerator<EncodedBatch> {
  const records = definition.snapshot(state)[Symbol.iterator]();
  for (;;) {
    const chunk = await executor.run(nextChunk(records, codec));
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
        for (const [i, bytes] of chunk.entries()) {
          definition.replay(draft, codec.decode(bytes), position.offset);
          if ((i + 1) % recordsPerSlice === 0) yield;
        }
      })(),
    );
  }
  return { state: definition.seal(draft), offset: position.offset, epoch: position.epoch };
}

function* nextChunk<LogRecord>(
  records: Iterator<LogRecord>,
  codec: RecordCodec<LogRecord>,
): Generator<void, Uint8Array[]> {
  const chunk: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < chunkBytes) {
    const next = records.next();
    if (next.done) break;
    const encoded = codec.encode(next.value);
    chunk.push(encoded);
    bytes += encoded.length;
    if (chunk.length % recordsPerSlice === 0) yield;
  }
  return chunk;
}
