import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ItemErrorSchema } from "@millrace/proto/common";
import type { MetadataRecord } from "@millrace/proto/metadata";
import type { Acceptance, Decision } from "@millrace/replicated-state";
import { ApiError } from "@millrace/runtime";
import type { MetadataState } from "../image/metadata-state.ts";

export type MetadataDecision<Response> = Decision<MetadataState, MetadataRecord, Response>;
export type MetadataAcceptance<Response> = Acceptance<MetadataState, MetadataRecord, Response>;

/** Of all topics in one request together (Kafka's MAX_RECORDS_PER_USER_OP). */
export const PARTITIONS_PER_REQUEST_MAX = 10_000;

export type ItemErrorInit = MessageInitShape<typeof ItemErrorSchema>;

/** Runs what decides one item of a request: its error becomes the item's, the other items go on. */
export function eachItem<Item, Result>(
  items: readonly Item[],
  decide: (item: Item) => Result,
  failed: (item: Item, error: ItemErrorInit) => Result,
): Result[] {
  return items.map((item) => {
    try {
      return decide(item);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return failed(item, { code: error.code, message: error.detail });
    }
  });
}

/** The values that occur more than once. */
export function repeated<T>(values: Iterable<T>): ReadonlySet<T> {
  const seen = new Set<T>();
  const again = new Set<T>();
  for (const value of values) (seen.has(value) ? again : seen).add(value);
  return again;
}
