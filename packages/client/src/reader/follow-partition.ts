import { ApiError, sleep, toApiError } from "@millrace/runtime";
import type { ClientRuntime } from "../client-runtime.ts";
import { errorAbout } from "../error-about.ts";
import { isPassing } from "../is-passing.ts";
import { retryBackoff } from "../retry-backoff.ts";
import type { FetchedBatches, Transport } from "../transport/transport.ts";
import type { ReadOptions } from "./read-options.ts";

const BYTES_AHEAD_DEFAULT = 4 * 1024 * 1024;
const RESUME_TIMEOUT_MS_DEFAULT = 120_000;

/**
 * What the broker pushes from `position` on, over as many connections as it takes. Whoever iterates moves the position,
 * and a new connection begins there. Ends by being left or with an error only.
 */
export async function* followPartition(
  transport: Transport,
  { clocks, random }: ClientRuntime,
  options: ReadOptions,
  position: { readonly offset: number },
  signal?: AbortSignal,
): AsyncGenerator<FetchedBatches, void> {
  const timeoutMs = options.resumeTimeoutMs ?? RESUME_TIMEOUT_MS_DEFAULT;
  const name = `${options.topic}-${options.partition}`;
  const backoff = retryBackoff(random);
  let lostAtMs: number | undefined;
  for (;;) {
    let lost = new ApiError("NETWORK_EXCEPTION", { detail: "the broker ended the stream" });
    try {
      for await (const pushed of transport.fetch({
        topic: options.topic,
        partition: options.partition,
        offset: position.offset,
        readCommitted: options.readCommitted ?? false,
        bytesAhead: options.bytesAhead ?? BYTES_AHEAD_DEFAULT,
        ...(signal !== undefined && { signal }),
      })) {
        lostAtMs = undefined;
        backoff.reset();
        yield pushed;
      }
    } catch (error) {
      signal?.throwIfAborted();
      lost = toApiError(error);
    }
    // A topic that was deleted does not come back by waiting, although Kafka counts that as passing.
    if (!isPassing(lost) || lost.id === "UNKNOWN_TOPIC_OR_PARTITION") throw errorAbout(name, lost);
    const nowMs = clocks.liveness.monotonicMs();
    lostAtMs ??= nowMs;
    if (nowMs - lostAtMs >= timeoutMs) throw errorAbout(name, lost);
    await sleep(clocks.liveness, backoff.nextMs(), signal);
    signal?.throwIfAborted();
  }
}
