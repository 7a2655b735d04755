import type { MaybePromise } from "@millrace/runtime";
import type { AbortedTransactionRow } from "./index-files/transaction-index.ts";
import type { AbortedTransaction } from "./partition-log.ts";
import type { Segment } from "./segments/segment.ts";
import type { SegmentList } from "./segments/segment-list.ts";
import { offset } from "./units.ts";

/**
 * The aborted transactions that touch offsets in [`from`, `end`). Their markers may lie segments later; those without an
 * aborted transaction are not even opened.
 */
export function abortedTransactions(
  segments: SegmentList,
  from: number,
  end: number,
): MaybePromise<readonly AbortedTransaction[]> {
  const candidates = segments.all.slice(segments.indexOf(from)).filter((segment) => segment.hasAborted);
  if (candidates.length === 0 || from >= end) return [];
  const rows: AbortedTransactionRow[] = [];
  return collect(candidates, 0, from, end, rows);
}

function collect(
  candidates: readonly Segment[],
  start: number,
  from: number,
  end: number,
  rows: AbortedTransactionRow[],
): MaybePromise<readonly AbortedTransaction[]> {
  for (let index = start; index < candidates.length; index++) {
    const segment = candidates[index]!;
    segment.retain();
    const opening = segment.open();
    if (opening instanceof Promise) {
      return opening.finally(() => segment.release()).then(() => collect(candidates, index, from, end, rows));
    }
    const complete = segment.indexes.transactions.collect(from, end, rows);
    segment.release();
    if (complete) break;
  }
  return rows.map(({ producerId, firstOffset }) => ({ producerId, firstOffset: offset(firstOffset) }));
}
