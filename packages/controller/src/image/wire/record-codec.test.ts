import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { CauseSchema, type MetadataRecord, MetadataRecordSchema } from "@millrace/proto/metadata";
import fc from "fast-check";
import { expect, test } from "vitest";
import { metadataRecord } from "../records.ts";
import { decodeRecord, encodeRecord } from "./record-codec.ts";

fc.configureGlobal({ seed: 848 });

type Init = Parameters<typeof metadataRecord>[0];

const unsigned = fc.array(fc.oneof(fc.nat(200), fc.integer({ min: 0, max: 2 ** 32 - 1 })), { maxLength: 20 });
const signed = fc.array(fc.oneof(fc.integer({ min: -2, max: 100 }), fc.integer()), { maxLength: 20 });
const brokers = fc.array(fc.nat(), { maxLength: 20 });
const topicId = fc.uint8Array({ maxLength: 16 });
const partitions: fc.Arbitrary<Init> = fc
  .record({
    topicId,
    firstPartition: fc.oneof(fc.constant(0), fc.nat()),
    leaders: signed,
    leaderEpochs: unsigned,
    partitionEpochs: unsigned,
    replicaCounts: unsigned,
    replicas: fc.oneof(brokers, fc.array(fc.integer(), { maxLength: 3 })),
    isrCounts: unsigned,
    isr: brokers,
    elrCounts: unsigned,
    elr: brokers,
  })
  .map((value) => ({ case: "partitions", value }));
const partitionChanges: fc.Arbitrary<Init> = fc
  .record({
    topicId,
    partitions: unsigned,
    leaders: signed,
    isrCounts: unsigned,
    isr: brokers,
    replicaCounts: unsigned,
    replicas: brokers,
    elrCounts: unsigned,
    elr: brokers,
  })
  .map((value) => ({ case: "partitionChanges", value }));
const other: fc.Arbitrary<Init> = fc.constantFrom<Init>(
  { case: "topic", value: { topicId: new Uint8Array(16), name: "t" } },
  { case: "featureLevel", value: { name: "f", level: 3 } },
);
const cause: fc.Arbitrary<MessageInitShape<typeof CauseSchema> | undefined> = fc.option(
  fc.record({ origin: fc.record({ principal: fc.string() }), timestampMs: fc.bigInt(0n, 2n ** 62n) }),
  { nil: undefined },
);
const record = fc.tuple(fc.oneof(partitions, partitionChanges, other), cause).map(([init, caused]) => {
  const made = metadataRecord(init);
  if (caused !== undefined) made.cause = create(CauseSchema, caused);
  return made;
});

test("writes what protobuf-es writes, and reads what it reads", () => {
  fc.assert(
    fc.property(record, (made) => {
      const bytes = encodeRecord(made);
      expect(Buffer.from(bytes)).toEqual(Buffer.from(toBinary(MetadataRecordSchema, made)));
      expect(decodeRecord(bytes)).toEqual(fromBinary(MetadataRecordSchema, bytes));
    }),
    { numRuns: 500 },
  );
});

test("keeps what a newer version added", () => {
  fc.assert(
    fc.property(record, (made) => {
      const newer = Buffer.concat([encodeRecord(made), Buffer.from([0xa8, 0x06, 0x01])]);
      const read = decodeRecord(newer);
      expect(read.$unknown).toHaveLength(1);
      expect(Buffer.from(encodeRecord(read))).toEqual(newer);
    }),
    { numRuns: 50 },
  );
});

test("fails as protobuf-es does where bytes are missing", () => {
  const attempt = (read: (bytes: Uint8Array) => MetadataRecord, bytes: Uint8Array): unknown => {
    try {
      return read(bytes);
    } catch (error) {
      return (error as Error).constructor;
    }
  };
  fc.assert(
    fc.property(record, fc.nat(), (made, cut) => {
      const whole = encodeRecord(made);
      const bytes = whole.subarray(0, whole.length === 0 ? 0 : cut % whole.length);
      const theirs = attempt((b) => fromBinary(MetadataRecordSchema, b), bytes);
      expect(attempt(decodeRecord, bytes)).toEqual(theirs);
    }),
    { numRuns: 300 },
  );
});
