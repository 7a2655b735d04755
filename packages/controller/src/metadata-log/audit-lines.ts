import type { MetadataRecord } from "@millrace/proto/metadata";
import { type Uuid, uuidFromBytes } from "../image/uuid.ts";
import type { LoggedEntry, LoggedSnapshot } from "./metadata-log.ts";
import { readableRecord } from "./record-json.ts";

/** One record of the log with who caused it: a line of the audit log. */
export interface AuditLine {
  readonly offset: number;
  readonly epoch: number;
  /** Of the decision; undefined for what raft wrote for itself. */
  readonly timestampMs: number | undefined;
  /** "User:alice", "Broker:1", "Controller:2"; undefined for what raft wrote for itself. */
  readonly principal: string | undefined;
  /** "CreateTopics"; undefined for what raft wrote for itself. */
  readonly request: string | undefined;
  /** As the client called itself; "" when it did not. */
  readonly clientId: string;
  /** Where the request came from; "" where the log does not say: the controller's own decisions have none. */
  readonly clientAddress: string;
  readonly type: string;
  /** Of the topic that the record is about, where the log or its snapshot says so. */
  readonly topic: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What happened, in order: who did what and when. `from` and `to` are inclusive. */
export async function* auditLines(
  log: AsyncIterable<LoggedSnapshot | LoggedEntry>,
  {
    from = 0,
    to = Number.MAX_SAFE_INTEGER,
  }: { readonly from?: number | undefined; readonly to?: number | undefined } = {},
): AsyncGenerator<AuditLine> {
  const names = new TopicNames();
  for await (const item of log) {
    if (item.kind === "snapshot") {
      for await (const record of item.records) names.learn(record);
      continue;
    }
    if (item.offset > to) return;
    // Of earlier entries the names of topics are wanted all the same.
    for (const line of linesOf(item, names)) if (line.offset >= from) yield line;
  }
}

/** For people: columns that are separated by two spaces, the record as JSON. */
export function formatAuditLine(line: AuditLine): string {
  const { offset, epoch, timestampMs, request, type, topic, fields } = line;
  const time = timestampMs === undefined ? "-" : new Date(timestampMs).toISOString();
  const what = topic === undefined ? type : `${type} ${topic}`;
  return [offset, epoch, time, who(line), request ?? "-", what, JSON.stringify(fields)].join("  ");
}

function who({ principal, clientId, clientAddress }: AuditLine): string {
  if (principal === undefined) return "-";
  const from = [clientId, clientAddress].filter((part) => part !== "");
  return from.length === 0 ? principal : `${principal} (${from.join(", ")})`;
}

function* linesOf(entry: LoggedEntry, names: TopicNames): Generator<AuditLine> {
  const { offset, epoch } = entry;
  const ofRaft = {
    offset,
    epoch,
    timestampMs: undefined,
    principal: undefined,
    request: undefined,
    clientId: "",
    clientAddress: "",
    topic: undefined,
  };
  if (entry.kind === "noop") yield { ...ofRaft, type: "newLeader", fields: {} };
  if (entry.kind === "voters") yield { ...ofRaft, type: "voters", fields: { voters: entry.voters } };
  if (entry.kind !== "data") return;
  for (const record of entry.records) {
    names.learn(record);
    const { cause } = record;
    yield {
      offset,
      epoch,
      timestampMs: cause && Number(cause.timestampMs),
      principal: cause?.origin?.principal,
      request: cause?.origin?.request,
      clientId: cause?.origin?.clientId ?? "",
      clientAddress: cause?.origin?.clientAddress ?? "",
      topic: names.of(record),
      ...readableRecord(record),
    };
  }
}

/** Records name topics by id; people do not. */
class TopicNames {
  readonly #names = new Map<Uuid, string>();

  learn({ record }: MetadataRecord): void {
    if (record.case === "topic") this.#names.set(uuidFromBytes(record.value.topicId), record.value.name);
  }

  of({ record }: MetadataRecord): string | undefined {
    const value: object = record.value ?? {};
    if (!("topicId" in value) || !(value.topicId instanceof Uint8Array)) return undefined;
    return this.#names.get(uuidFromBytes(value.topicId));
  }
}
