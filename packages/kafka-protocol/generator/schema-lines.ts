import { SchemaError } from "./schema-error.ts";

export interface SchemaLine {
  /** Counted from 1. */
  readonly number: number;
  /** Levels of two spaces. */
  readonly indent: number;
  readonly text: string;
}

/** Splits a schema into its lines with their depth, without blank ones and comments; the first comment is its doc. */
export function schemaLines(file: string, text: string): { doc: string[]; lines: SchemaLine[] } {
  const doc: string[] = [];
  const lines: SchemaLine[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const trimmed = raw.trim();
    if (trimmed.startsWith("#")) {
      if (lines.length === 0) doc.push(trimmed.replace(/^# ?/, ""));
    } else if (trimmed !== "") {
      const spaces = raw.length - raw.trimStart().length;
      if (spaces % 2 !== 0 || raw.includes("\t"))
        throw new SchemaError(file, index + 1, "indent by two spaces");
      lines.push({ number: index + 1, indent: spaces / 2, text: trimmed });
    }
  }
  return { doc, lines };
}
