import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  CreatePartitionsRequestSchema,
  CreateTopicsRequestSchema,
  DeleteTopicsRequestSchema,
} from "@millrace/proto/admin";
import { errorByCode } from "@millrace/runtime";
import { expect, test } from "vitest";
import { uuidToBytes } from "../image/uuid.ts";
import { MetadataRun } from "../testing/metadata-run.ts";
import { startBrokers } from "../testing/register.ts";
import { decideCreatePartitions } from "./create-partitions.ts";
import { decideCreateTopics } from "./create-topics.ts";
import { decideDeleteTopics } from "./delete-topics.ts";

function started(): MetadataRun {
  const run = new MetadataRun();
  startBrokers(run, 1, 2);
  const topics = [{ name: "t", partitions: 2, configs: { "retention.ms": "1" } }];
  const request = create(CreateTopicsRequestSchema, { topics });
  run.decide((state, env) =>
    decideCreateTopics(state, request, { partitions: 1, replicationFactor: 1 }, env),
  );
  return run;
}

interface Item {
  readonly name?: string;
  readonly error?: { readonly code?: number };
}

const outcomes = (items: readonly Item[] | Error): string[] => {
  if (items instanceof Error) throw items;
  return items.map(({ name, error }) => (error ? errorByCode(error.code!)! : (name ?? "")));
};

function deleteTopics(run: MetadataRun, references: readonly (string | Uint8Array)[]): string[] {
  const request = create(DeleteTopicsRequestSchema, {
    topics: references.map((value) => ({
      reference:
        typeof value === "string" ? { case: "name" as const, value } : { case: "topicId" as const, value },
    })),
  });
  return outcomes(run.decide((state) => decideDeleteTopics(state, request)) as readonly Item[]);
}

function createPartitions(
  run: MetadataRun,
  topics: MessageInitShape<typeof CreatePartitionsRequestSchema>["topics"],
  validateOnly = false,
): string[] {
  const request = create(CreatePartitionsRequestSchema, { topics: topics!, validateOnly });
  return outcomes(run.decide((state, env) => decideCreatePartitions(state, request, env)) as readonly Item[]);
}

test("a deleted topic takes its configs with it, so that its successor starts afresh", () => {
  const run = started();
  expect(deleteTopics(run, ["t"])).toEqual(["t"]);
  expect(run.image.topic("t")).toBeUndefined();
  expect(run.image.configs({ type: 2, name: "t" }).size).toBe(0);
});

test("topics are deleted by id, and unknown ones refused each in its way", () => {
  const run = started();
  const id = uuidToBytes(run.image.topic("t")!.id);
  expect(
    deleteTopics(run, ["u", new Uint8Array(16).fill(1), new Uint8Array(16), new Uint8Array(3), id, "t"]),
  ).toEqual([
    "UNKNOWN_TOPIC_OR_PARTITION",
    "UNKNOWN_TOPIC_ID",
    "INVALID_REQUEST",
    "INVALID_REQUEST",
    "t",
    "INVALID_REQUEST",
  ]);
  expect(run.image.topic("t")).toBeUndefined();
});

test("partitions are added behind those that exist", () => {
  const run = started();
  const first = run.image.topic("t")!.partitions.get(0);
  expect(
    createPartitions(run, [
      { name: "t", partitions: 4, assignments: [{ brokerIds: [2] }, { brokerIds: [1] }] },
    ]),
  ).toEqual(["t"]);
  const { partitions } = run.image.topic("t")!;
  expect(partitions.count).toBe(4);
  expect(partitions.get(0)).toEqual(first);
  expect(partitions.get(2)).toMatchObject({ leader: 2, replicas: [2], isr: [2] });
});

test.each([
  [{ name: "u", partitions: 4 }, "UNKNOWN_TOPIC_OR_PARTITION"],
  [{ name: "t", partitions: 2 }, "INVALID_PARTITIONS"],
  [{ name: "t", partitions: 1 }, "INVALID_PARTITIONS"],
  [{ name: "t", partitions: 10_003 }, "POLICY_VIOLATION"],
  [{ name: "t", partitions: 4, assignments: [{ brokerIds: [1] }] }, "INVALID_REPLICA_ASSIGNMENT"],
  [{ name: "t", partitions: 3, assigned: true }, "INVALID_REPLICA_ASSIGNMENT"],
  [{ name: "t", partitions: 2, assigned: true }, "INVALID_PARTITIONS"],
  [{ name: "t", partitions: 3, assignments: [{ brokerIds: [1, 2] }] }, "INVALID_REPLICA_ASSIGNMENT"],
])("%j is refused with %s", (topic, expected) => {
  const run = started();
  expect(createPartitions(run, [topic])).toEqual([expected]);
  expect(run.image.topic("t")!.partitions.count).toBe(2);
});

test("validate only adds nothing", () => {
  const run = started();
  expect(createPartitions(run, [{ name: "t", partitions: 3 }], true)).toEqual(["t"]);
  expect(run.image.topic("t")!.partitions.count).toBe(2);
});
