/** Kafka's checkpoint files: a version line, a count line, then a line an entry, fields separated by blanks. */
const VERSION = "0";

export function formatCheckpoint(lines: readonly string[]): Buffer {
  return Buffer.from([VERSION, String(lines.length), ...lines, ""].join("\n"));
}

/** Undefined when the file is damaged: another version, or fewer entries than announced. */
export function parseCheckpoint(content: Buffer): readonly (readonly string[])[] | undefined {
  const [version, count, ...lines] = content.toString().split("\n");
  const entries = lines.filter((line) => line !== "").map((line) => line.split(" "));
  return version === VERSION && count === String(entries.length) ? entries : undefined;
}

/** A whole, safe number as checkpoints hold it. */
export function checkpointNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^-?\d+$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
