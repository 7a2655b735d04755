import { expect, test } from "vitest";
import { type SeenTopic, type TopicInput, type TopicOutput, topicErrors, topicModel } from "./topic-model.ts";

const topic: SeenTopic = { partitions: 2, config: "7" };
const { none, unknownTopic, alreadyExists, invalidPartitions } = topicErrors;

test.each<[SeenTopic | null, TopicInput, number, SeenTopic | null]>([
  [null, { kind: "create", ...topic }, none, topic],
  [topic, { kind: "create", partitions: 1, config: "8" }, alreadyExists, topic],
  [topic, { kind: "delete" }, none, null],
  [null, { kind: "delete" }, unknownTopic, null],
  [topic, { kind: "grow", partitions: 3 }, none, { ...topic, partitions: 3 }],
  [topic, { kind: "grow", partitions: 2 }, invalidPartitions, topic],
  [null, { kind: "grow", partitions: 2 }, unknownTopic, null],
  [topic, { kind: "alter", config: "9" }, none, { ...topic, config: "9" }],
  [null, { kind: "alter", config: "9" }, unknownTopic, null],
])("in %j, %j answers %i and leaves %j", (state, input, error, after) => {
  expect(topicModel.next(state, input, { error })).toEqual(after);
  expect(topicModel.next(state, input, undefined)).toEqual(after);
  expect(topicModel.next(state, input, { error: error + 1 })).toBeUndefined();
});

test("a read sees exactly what is there", () => {
  const read = (state: SeenTopic | null, output: TopicOutput) =>
    topicModel.next(state, { kind: "read" }, output);
  expect(read(topic, { topic })).toEqual(topic);
  expect(read(null, {})).toBeNull();
  expect(read(topic, {})).toBeUndefined();
  expect(read(topic, { topic: { ...topic, config: "8" } })).toBeUndefined();
});
