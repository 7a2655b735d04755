import { changesBetween } from "../image/changes-between.ts";
import type { LoggedImage } from "./images-at.ts";
import { type MetadataFact, metadataFacts } from "./metadata-facts.ts";

/** A fact that is not the same at two offsets; undefined: it is not there. */
export interface MetadataDifference {
  readonly name: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What is different in `after`: what went or changed first, in order, then what is new. */
export function* metadataDiff(before: LoggedImage, after: LoggedImage): Generator<MetadataDifference> {
  const changes = finished(changesBetween(before.image.state, after.image.state));
  const facts = new Map<string, unknown>();
  for (const { name, value } of metadataFacts(after, changes)) facts.set(name, value);
  for (const { name, value } of metadataFacts(before, changes)) {
    const now = facts.get(name);
    facts.delete(name);
    if (JSON.stringify(now) !== JSON.stringify(value)) yield { name, before: value, after: now };
  }
  for (const [name, value] of facts) yield { name, before: undefined, after: value };
}

/** For people: `+` came, `-` went, `~` changed, with the fields that did. */
export function formatDifference({ name, before, after }: MetadataDifference): string {
  if (before === undefined) return `+ ${name}  ${JSON.stringify(after)}`;
  if (after === undefined) return `- ${name}  ${JSON.stringify(before)}`;
  return `~ ${name}  ${changedFields(before, after).join(", ")}`;
}

export function formatFact({ name, value }: MetadataFact): string {
  return `${name}  ${JSON.stringify(value)}`;
}

function changedFields(before: unknown, after: unknown): string[] {
  if (!isObject(before) || !isObject(after)) return [`${JSON.stringify(before)} -> ${JSON.stringify(after)}`];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const [old, now] = [JSON.stringify(before[name]), JSON.stringify(after[name])];
    return old === now ? [] : [`${name}: ${old ?? "none"} -> ${now ?? "none"}`];
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function finished<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
