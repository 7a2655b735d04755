import type { Entry, EntryKind, LogIndex, MemberKey, Term } from "@millrace/raft";

/** What a checker remembers of an entry. */
export interface LogSlot {
  readonly index: LogIndex;
  readonly term: Term;
  readonly kind: EntryKind;
  /** The payload, a character a byte. */
  readonly content: string;
}

export function slotOf({ index, term, kind, payload }: Entry): LogSlot {
  const content = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("latin1");
  return { index, term, kind, content };
}

export function sameSlot(a: LogSlot, b: LogSlot): boolean {
  return a.index === b.index && a.term === b.term && a.kind === b.kind && a.content === b.content;
}

export function describeSlot({ index, term, kind, content }: LogSlot): string {
  return `${index}/${term} ${kind}${kind === "data" ? ` ${content}` : ""}`;
}

export function nameOf({ id, directoryId }: MemberKey): string {
  return `${id}/${directoryId}`;
}
