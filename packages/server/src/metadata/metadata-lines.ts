import {
  type AuditLine,
  auditLines,
  DataDirectoryError,
  formatAuditLine,
  formatDifference,
  formatFact,
  imagesAt,
  type MetadataImage,
  metadataDiff,
  metadataFacts,
  metadataLog,
  readClusterId,
} from "@millrace/controller";
import { NodeDisk } from "@millrace/runtime-node";
import { METADATA_DIRECTORY } from "../node/controller-role.ts";

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
  const { log } = await openMetadata(query);
  for await (const line of auditLines(log(), query)) {
    yield query.json ? JSON.stringify(jsonOfLine(line)) : formatAuditLine(line);
  }
}

/** All metadata as of `at`, the log's end when left out. Rejects like `dumpMetadata`, and with OFFSET_OUT_OF_RANGE. */
export async function* showMetadata(
  query: MetadataQuery & { readonly at?: number | undefined },
): AsyncGenerator<string> {
  const { log, clusterId } = await openMetadata(query);
  const [image] = await imagesAt(log(), clusterId, [query.at]);
  yield heading(query, image!);
  for (const fact of metadataFacts(image!.state)) yield query.json ? JSON.stringify(fact) : formatFact(fact);
}

/** What changed between two offsets. Rejects like `showMetadata`. */
export async function* diffMetadata(
  query: MetadataQuery & { readonly from: number; readonly to?: number | undefined },
): AsyncGenerator<string> {
  const { log, clusterId } = await openMetadata(query);
  const [before, after] = await imagesAt(log(), clusterId, [query.from, query.to]);
  yield heading(query, before!);
  yield heading(query, after!);
  for (const difference of metadataDiff(before!, after!)) {
    yield query.json ? JSON.stringify(difference) : formatDifference(difference);
  }
}

async function openMetadata({ dataDir }: MetadataQuery) {
  const disk = await NodeDisk.existing(dataDir);
  const clusterId = await readClusterId(disk);
  if ((await disk.list(METADATA_DIRECTORY)).length === 0) {
    throw new DataDirectoryError(
      "NO_METADATA_LOG",
      disk.description,
      "it holds no metadata log; give the directory of a controller",
    );
  }
  return { clusterId, log: () => metadataLog(disk, METADATA_DIRECTORY) };
}

function heading({ json }: MetadataQuery, { clusterId, offset, epoch }: MetadataImage): string {
  if (json) return JSON.stringify({ clusterId, offset, epoch });
  return `# cluster ${clusterId} at offset ${offset}, epoch ${epoch}`;
}

function jsonOfLine({ timestampMs, fields, ...line }: AuditLine): object {
  const time = timestampMs === undefined ? undefined : new Date(timestampMs).toISOString();
  return { ...line, time, record: fields };
}
