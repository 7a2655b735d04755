import type { Entry, EntryKind, Term } from "../entry.ts";
import type { RaftStorage } from "./raft-storage.ts";

export function entry(index: number, term: Term, text: string, kind: EntryKind = "data"): Entry {
  return { index, term, kind, payload: Buffer.from(text) };
}

export function range(from: number, through: number, term: Term, text: string): readonly Entry[] {
  return Array.from({ length: through - from + 1 }, (_, i) => entry(from + i, term, text));
}

export function plain({ index, term, kind, payload }: Entry) {
  return { index, term, kind, payload: Buffer.from(payload).toString() };
}

export async function readAll(storage: RaftStorage, from: number, through: number) {
  const entries: Entry[] = [];
  for (let next = from; next <= through; next = entries.at(-1)!.index + 1) {
    entries.push(...(await storage.read(next, through, 200)));
  }
  return entries.map(plain);
}

export async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

/** Of the latest snapshot, which there must be. */
export async function loadedText(storage: RaftStorage): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of (await storage.loadSnapshot())!.chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

/** The bytes of the latest snapshot, which there must be, as another node would be sent them. */
export async function snapshotBytes(storage: RaftStorage): Promise<Buffer> {
  const opened = (await storage.openSnapshot())!;
  const parts: Uint8Array[] = [];
  for (let at = 0; at < opened.size; at += parts.at(-1)!.length) parts.push(await opened.read(at, 1_000));
  await opened.close();
  return Buffer.concat(parts);
}
