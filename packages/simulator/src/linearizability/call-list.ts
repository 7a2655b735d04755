import type { Operation } from "./model.ts";

/** A call or an answer in a history, doubly linked in the order of time, so that pairs can be lifted out and put back. */
export interface HistoryEvent {
  /** Index of the operation. */
  readonly operation: number;
  /** Of a call, its answer. */
  readonly answer: HistoryEvent | undefined;
  previous: HistoryEvent | undefined;
  next: HistoryEvent | undefined;
}

/** The head, an event of no operation, of the calls and answers of `operations`. */
export function callList(operations: readonly Operation<unknown, unknown>[]): HistoryEvent {
  const answers = operations.map((_, operation) => event(operation, undefined));
  const timed = operations.flatMap(({ calledAt, answeredAt }, i) => {
    const answer = answers[i] as HistoryEvent;
    return [
      { at: calledAt, event: event(i, answer) },
      { at: answeredAt, event: answer },
    ];
  });
  // At one time calls go first: operations that touch count as concurrent.
  timed.sort((a, b) =>
    a.at === b.at ? Number(isAnswer(a.event)) - Number(isAnswer(b.event)) : a.at < b.at ? -1 : 1,
  );
  const head = event(-1, undefined);
  let last = head;
  for (const { event: next } of timed) {
    last.next = next;
    next.previous = last;
    last = next;
  }
  return head;
}

export function isAnswer(event: HistoryEvent): boolean {
  return event.answer === undefined;
}

/** Takes a call and its answer out of the list. */
export function lift(call: HistoryEvent): void {
  unlink(call);
  unlink(call.answer as HistoryEvent);
}

/** Puts back what was lifted last. */
export function unlift(call: HistoryEvent): void {
  relink(call.answer as HistoryEvent);
  relink(call);
}

function event(operation: number, answer: HistoryEvent | undefined): HistoryEvent {
  return { operation, answer, previous: undefined, next: undefined };
}

function unlink({ previous, next }: HistoryEvent): void {
  if (previous !== undefined) previous.next = next;
  if (next !== undefined) next.previous = previous;
}

function relink(event: HistoryEvent): void {
  if (event.previous !== undefined) event.previous.next = event;
  if (event.next !== undefined) event.next.previous = event;
}
