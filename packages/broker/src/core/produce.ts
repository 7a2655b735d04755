import { recordCount } from "@millrace/kafka-protocol";
import { type AppendResult, offset } from "@millrace/log";
import { type ApiError, toApiError } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { inspectRecords } from "./inspect-records.ts";
import type { Acks, Partition } from "./partition.ts";
import { soleBatch } from "./sole-batch.ts";
import { validateProducedBatch } from "./validate-produced-batch.ts";

export interface ProduceOptions {
  readonly acks: Acks;
  readonly zstdAllowed: boolean;
}

/** Where a batch went, or why it went nowhere. `RecordsRefused` also says which records it is about. */
export type ProduceOutcome =
  | {
      readonly failure: undefined;
      readonly baseOffset: number;
      /** -1 unless the topic stamps records with the append time. */
      readonly logAppendTimeMs: number;
      readonly logStartOffset: number;
    }
  | { readonly failure: ApiError };

/**
 * Appends one batch to a partition that this broker leads. Offsets are given before it returns, so batches of one
 * producer keep the order in which they came; `done` is called once, when the batch is as safe as `acks` asks for or
 * was refused, possibly before this returns. The buffer belongs to the log from here on.
 */
export function produce(
  broker: Broker,
  partition: Partition,
  received: Buffer,
  { acks, zstdAllowed }: ProduceOptions,
  done: (outcome: ProduceOutcome) => void,
): void {
  let records: Buffer;
  let result: AppendResult;
  try {
    records = soleBatch(received);
    if (acks === -1) partition.requireInsyncReplicas();
    const { settings, log, leaderEpoch } = partition;
    const nowMs = broker.runtime.clocks.domain.nowMs();
    const { inspectRecords: inspect } = validateProducedBatch({ records, zstdAllowed, nowMs }, settings);
    const batch = inspect ? inspectRecords(records, settings, nowMs) : records;
    result = log.append(batch, { origin: "client", expectedLeaderEpoch: leaderEpoch });
  } catch (error) {
    done({ failure: toApiError(error) });
    return;
  }
  broker.metrics.millrace_broker_produced_bytes_total.add(records.length);
  broker.metrics.millrace_broker_produced_records_total.add(recordCount(records, 0));
  partition.whenSafe(offset(result.lastOffset + 1), acks, (failure) => {
    const { baseOffset, logAppendTimeMs, logStartOffset } = result;
    done(failure === undefined ? { failure, baseOffset, logAppendTimeMs, logStartOffset } : { failure });
  });
}
