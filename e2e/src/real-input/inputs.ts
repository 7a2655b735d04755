import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const modules = fileURLToPath(new URL("../../../node_modules/", import.meta.url));
const TEXT_BYTES_MIN = 10 * 1024 * 1024;
const BINARY_RECORD_BYTES = 512 * 1024;
/** A bit more than a whole number of records, so that the last one is shorter. */
const BINARY_BYTES_MAX = 56 * 1024 * 1024 + 12_345;

/** A file of this machine, as records. */
export interface RealInput {
  readonly name: "text" | "binary";
  readonly records: readonly Buffer[];
  /** What stands behind each record where they are written out one after the other. */
  readonly delimiter: "\n" | "";
  /** Of all records with their delimiters. */
  readonly sha256: string;
}

/** Type declarations of the packages that are installed, a line a record; without empty lines, which kcat leaves out. */
export function readText(): RealInput {
  const lines: Buffer[] = [];
  let bytes = 0;
  for (const file of globSync("**/*.d.ts", { cwd: modules }).sort()) {
    for (const line of readFileSync(modules + file, "utf8").split("\n")) {
      if (line.length === 0) continue;
      lines.push(Buffer.from(line));
      bytes += line.length + 1;
    }
    if (bytes >= TEXT_BYTES_MIN) return realInput("text", lines, "\n");
  }
  throw new Error(`the installed packages hold only ${bytes} bytes of type declarations`);
}

/** Node itself, in records of 512 KiB. */
export function readBinary(): RealInput {
  const file = readFileSync(process.execPath).subarray(0, BINARY_BYTES_MAX);
  const records: Buffer[] = [];
  for (let at = 0; at < file.length; at += BINARY_RECORD_BYTES) {
    records.push(file.subarray(at, at + BINARY_RECORD_BYTES));
  }
  return realInput("binary", records, "");
}

function realInput(name: RealInput["name"], records: readonly Buffer[], delimiter: "\n" | ""): RealInput {
  return { name, records, delimiter, sha256: sha256Of(records, delimiter) };
}

export function sha256Of(records: Iterable<Uint8Array>, delimiter: string): string {
  const hash = createHash("sha256");
  for (const record of records) hash.update(record).update(delimiter);
  return hash.digest("hex");
}
