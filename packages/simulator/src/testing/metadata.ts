import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { MetadataImage, type MetadataState, metadataCodec, metadataDefinition } from "@millrace/controller";
import { type MetadataRecord, MetadataRecordSchema } from "@millrace/proto/metadata";
import type { Entry } from "@millrace/raft";
import { Owner } from "@millrace/replicated-state";

type RecordInit = MessageInitShape<typeof MetadataRecordSchema>["record"] & {};

const bytesOf = (n: number): Uint8Array => new Uint8Array(16).fill(n);

function record(init: RecordInit): MetadataRecord {
  return create(MetadataRecordSchema, { record: init });
}

/** `epoch` is the offset of its record. */
export function registered(brokerId: number, epoch: number, { fenced = false } = {}): MetadataRecord {
  const value = {
    brokerId,
    brokerEpoch: BigInt(epoch),
    directoryId: bytesOf(brokerId),
    incarnationId: bytesOf(100 + epoch),
    fenced,
  };
  return record({ case: "registerBroker", value });
}

export function fencing(brokerId: number, epoch: number): MetadataRecord {
  const value = { brokerId, brokerEpoch: BigInt(epoch), fenced: true };
  return record({ case: "brokerChange", value });
}

/** Topic "t", with a partition for each of these leaders, each of which all have in sync; -1 is no leader. */
export function topic(leaders: readonly number[], leaderEpoch = 0): readonly MetadataRecord[] {
  const replicas = [1, 2];
  const each = <T>(value: T): T[] => leaders.map(() => value);
  const value = {
    topicId: bytesOf(9),
    firstPartition: 0,
    leaders: [...leaders],
    leaderEpochs: each(leaderEpoch),
    partitionEpochs: each(leaderEpoch),
    replicaCounts: each(replicas.length),
    replicas: leaders.flatMap(() => replicas),
    isrCounts: each(replicas.length),
    isr: leaders.flatMap(() => replicas),
  };
  return [
    record({ case: "topic", value: { topicId: bytesOf(9), name: "t" } }),
    record({ case: "partitions", value }),
  ];
}

export function newLeader(partition: number, leader: number): MetadataRecord {
  return record({ case: "partitionChange", value: { topicId: bytesOf(9), partition, leader } });
}

/** What records make of a state. */
export function stateAfter(
  records: readonly MetadataRecord[],
  { before = metadataDefinition.empty, offset = 10 } = {},
): MetadataState {
  const draft = metadataDefinition.draft(before, new Owner());
  for (const each of records) metadataDefinition.replay(draft, each, offset);
  return metadataDefinition.seal(draft);
}

export function imageAt(offset: number, state: MetadataState): MetadataImage {
  return new MetadataImage("cluster", { state, offset, epoch: 1 });
}

export function metadataEntry(index: number, records: readonly MetadataRecord[]): Entry {
  const payload = new BinaryWriter();
  for (const each of records) payload.bytes(metadataCodec.encode(each));
  return { index, term: 1, kind: "data", payload: payload.finish() };
}
