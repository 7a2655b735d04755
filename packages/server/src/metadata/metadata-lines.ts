import {
  type AuditLine,
  auditLines,
  formatAuditLine,
  formatDifference,
  formatFact,
  imagesAt,
  type LoggedImage,
  metadataDiff,
  metadataFacts,
} from "@millrace/controller";
import { openMetadata } from "./open-metadata.ts";

/** Which directory is looked into, and for whom: each line a JSON object for programs, else text for people. */
export interface MetadataQuery {
  readonly dataDir: string;
  readonly json?: boolean | undefined;
}

/** Offsets are inclusive; left out: where the log begins and ends. */
export interface MetadataRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/**
 * The records of a node's metadata log with who caused them and when, one a line. The node may be running; nothing is
 * changed. Rejects with a `DataDirectoryError`, `RaftStorageError` or `DiskError` what cannot be read.
 */
export async function* dumpMetadata(query: MetadataQuery & MetadataRange): AsyncGenerator<string> {
  const { log } = await openMetadata(query.dataDir);
  for await (const line of auditLines(log(), query)) {
    yield query.json ? JSON.stringify(jsonOfLine(line)) : formatAuditLine(line);
  }
}

/** All metadata, and the voters, as of `at`, the log's end when left out. Rejects like `dumpMetadata`, and with OFFSET_OUT_OF_RANGE. */
export async function* showMetadata(
  query: MetadataQuery & { readonly at?: number | undefined },
): AsyncGenerator<string> {
  const { log, clusterId } = await openMetadata(query.dataDir);
  const [logged] = await imagesAt(log(), clusterId, [query.at]);
  yield heading(query, logged!);
  for (const fact of metadataFacts(logged!)) yield query.json ? JSON.stringify(fact) : formatFact(fact);
}

/** What changed between two offsets. Rejects like `showMetadata`. */
export async function* diffMetadata(
  query: MetadataQuery & { readonly from: number; readonly to?: number | undefined },
): AsyncGenerator<string> {
  const { log, clusterId } = await openMetadata(query.dataDir);
  const [before, after] = await imagesAt(log(), clusterId, [query.from, query.to]);
  yield heading(query, before!);
  yield heading(query, after!);
  for (const difference of metadataDiff(before!, after!)) {
    yield query.json ? JSON.stringify(difference) : formatDifference(difference);
  }
}

function heading({ json }: MetadataQuery, { image }: LoggedImage): string {
  const { clusterId, offset, epoch } = image;
  if (json) return JSON.stringify({ clusterId, offset, epoch });
  return `# cluster ${clusterId} at offset ${offset}, epoch ${epoch}`;
}

function jsonOfLine({ timestampMs, fields, ...line }: AuditLine): object {
  const time = timestampMs === undefined ? undefined : new Date(timestampMs).toISOString();
  return { ...line, time, record: fields };
}
