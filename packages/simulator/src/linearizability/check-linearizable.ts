import { assert } from "@millrace/runtime";
import { callList, type HistoryEvent, isAnswer, lift, unlift } from "./call-list.ts";
import type { Operation, SequentialModel } from "./model.ts";

export type LinearizabilityResult =
  | { readonly isLinearizable: true }
  /** No order explains the history. `explained`: the most operations that some order explains, as indexes. */
  | { readonly isLinearizable: false; readonly explained: readonly number[] };

/** Beyond it the history is too concurrent to decide: whoever makes it should cut it into smaller ones. */
const statesMax = 1_000_000;

/**
 * Whether the operations can be put in an order that the model allows and that keeps every operation between its call
 * and its answer. The search of Wing and Gong (1993) with Lowe's memory (2017): a set of operations done that ended in a
 * state is tried only once. An operation that was never answered may come anywhere after its call, which costs the most:
 * the work grows with two to the power of their number.
 */
export function checkLinearizable<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): LinearizabilityResult {
  const head = callList(operations);
  const done = new OperationSet(operations.length);
  const seen = new Set<string>();
  const path: { readonly call: HistoryEvent; readonly before: State }[] = [];
  let state = model.initial;
  let explained: readonly number[] = [];

  let candidate = head.next;
  while (candidate !== undefined) {
    if (!isAnswer(candidate)) {
      const { input, output } = operations[candidate.operation] as Operation<Input, Output>;
      const next = model.next(state, input, output);
      if (next !== undefined && isNew(candidate.operation, next)) {
        path.push({ call: candidate, before: state });
        state = next;
        done.add(candidate.operation);
        lift(candidate);
        candidate = head.next;
      } else {
        candidate = candidate.next;
      }
      continue;
    }
    // An operation ended that could be put nowhere: what is left are those that nobody saw the end of, or a dead end.
    if (operations[candidate.operation]?.answeredAt === Number.POSITIVE_INFINITY) break;
    if (path.length > explained.length) explained = path.map(({ call }) => call.operation);
    const last = path.pop();
    if (last === undefined) return { isLinearizable: false, explained };
    state = last.before;
    done.delete(last.call.operation);
    unlift(last.call);
    candidate = last.call.next;
  }
  return { isLinearizable: true };

  function isNew(operation: number, next: State): boolean {
    done.add(operation);
    const key = `${done.key}|${model.key(next)}`;
    done.delete(operation);
    const before = seen.size;
    assert(before < statesMax, "too many operations overlap to decide whether they are linearizable");
    return seen.add(key).size > before;
  }
}

/** A set of small integers with a cheap key. */
class OperationSet {
  readonly #words: number[];

  constructor(size: number) {
    this.#words = new Array<number>(Math.ceil(size / 32)).fill(0);
  }

  get key(): string {
    return this.#words.join();
  }

  add(i: number): void {
    this.#words[i >> 5] = (this.#words[i >> 5] as number) | (1 << (i & 31));
  }

  delete(i: number): void {
    this.#words[i >> 5] = (this.#words[i >> 5] as number) & ~(1 << (i & 31));
  }
}
