import type { MetadataRecord } from "@millrace/proto/metadata";
import { Owner, PersistentMap } from "@millrace/replicated-state";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ChangedPartition, changesOfRecord } from "./changes-of-record.ts";
import type { Topic } from "./metadata-state.ts";
import { PartitionChangesBuilder } from "./partition-changes.ts";
import { PartitionTable } from "./partition-table.ts";
import { decodeRecord, encodeRecord } from "./wire/record-codec.ts";

fc.configureGlobal({ seed: 848 });

const topic: Topic = { id: "AAAAAAAAAAAAAAAAAAAAAA", name: "t", partitions: PartitionTable.empty };

function recordsAt(level: number, changes: readonly ChangedPartition[]): MetadataRecord[] {
  const features = PersistentMap.empty<string, number>();
  const builder = new PartitionChangesBuilder();
  for (const { partition, change } of changes) builder.add(partition, change);
  return builder.records({ features: features.set("millrace.metadata.version", level, new Owner()) }, topic);
}

const brokers = (minLength: number) => fc.uniqueArray(fc.nat(5), { minLength, maxLength: 4 });
const change = fc.record(
  { leader: fc.integer({ min: -1, max: 5 }), isr: brokers(1), replicas: brokers(1), elr: brokers(0) },
  { requiredKeys: [] },
);
const changed: fc.Arbitrary<ChangedPartition[]> = fc
  .array(change, { maxLength: 8 })
  .map((changes) => changes.map((one, i) => ({ partition: i * 3, change: one })));

test("the changes of a topic go through one record and its bytes", () => {
  fc.assert(
    fc.property(changed, (changes) => {
      const records = recordsAt(2, changes);
      expect(records).toHaveLength(changes.length === 0 ? 0 : 1);
      const read = records.flatMap((record) => {
        const { record: decoded } = decodeRecord(encodeRecord(record));
        return decoded.case === "partitionChanges" ? [...changesOfRecord(decoded.value)] : [];
      });
      expect(read).toEqual(changes);
    }),
  );
});

test("below level 2 each partition has a record of its own, which older versions know", () => {
  const changes: ChangedPartition[] = [
    { partition: 0, change: { leader: 2, isr: [2, 3] } },
    { partition: 4, change: { leader: -1 } },
  ];
  const records = recordsAt(1, changes).map(({ record }) => record);
  expect(records).toMatchObject([
    { case: "partitionChange", value: { partition: 0, leader: 2, isr: { brokerIds: [2, 3] } } },
    { case: "partitionChange", value: { partition: 4, leader: -1 } },
  ]);
  expect(records[1]?.value).not.toHaveProperty("isr");
});
