import type { NewVoter, VoterKey } from "../transport/quorum-info.ts";
import type { CallOptions, NewTopic, OffsetQuery } from "../transport/transport.ts";
import { ArgumentError } from "./argument-error.ts";
import { check, checkEach, checkEntries, checkIfGiven } from "./check.ts";

export function checkCallOptions(options: CallOptions | undefined): void {
  if (options === undefined) return;
  check(options, "object", "options");
  checkIfGiven(options.signal, "signal", "options.signal");
  checkIfGiven(options.timeoutMs, "number", "options.timeoutMs");
}

export function checkNames(names: readonly string[]): void {
  checkEach(names, "names", (name, parameter) => check(name, "string", parameter));
}

export function checkNewTopics(topics: readonly NewTopic[]): void {
  checkEach(topics, "topics", (topic, parameter) => {
    check(topic, "object", parameter);
    check(topic.name, "string", `${parameter}.name`);
    checkIfGiven(topic.partitions, "integer", `${parameter}.partitions`);
    checkIfGiven(topic.replicationFactor, "integer", `${parameter}.replicationFactor`);
    if (topic.configs !== undefined) checkEntries(topic.configs, "string", `${parameter}.configs`);
  });
}

export function checkMorePartitions(
  topics: readonly { readonly name: string; readonly partitions: number }[],
): void {
  checkEach(topics, "topics", (topic, parameter) => {
    check(topic, "object", parameter);
    check(topic.name, "string", `${parameter}.name`);
    check(topic.partitions, "index", `${parameter}.partitions`);
  });
}

export function checkOffsetQueries(queries: readonly OffsetQuery[]): void {
  checkEach(queries, "queries", (query, parameter) => {
    checkPartition(query, parameter);
    const { at } = query;
    if (at === "earliest" || at === "latest" || at === "maxTimestamp" || Number.isSafeInteger(at)) return;
    throw new ArgumentError(`${parameter}.at`, `"earliest", "latest", "maxTimestamp" or a time in ms`, at);
  });
}

export function checkOffsets(
  before: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[],
): void {
  checkEach(before, "before", (item, parameter) => {
    checkPartition(item, parameter);
    check(item.offset, "integer", `${parameter}.offset`);
  });
}

export function checkVoterKey(voter: VoterKey): void {
  check(voter, "object", "voter");
  check(voter.nodeId, "index", "voter.nodeId");
  check(voter.directoryId, "name", "voter.directoryId");
}

export function checkNewVoter(voter: NewVoter): void {
  checkVoterKey(voter);
  check(voter.endpoint, "object", "voter.endpoint");
  check(voter.endpoint.host, "host", "voter.endpoint.host");
  check(voter.endpoint.port, "port", "voter.endpoint.port");
}

function checkPartition(
  item: { readonly topic: string; readonly partition: number },
  parameter: string,
): void {
  check(item, "object", parameter);
  check(item.topic, "string", `${parameter}.topic`);
  check(item.partition, "index", `${parameter}.partition`);
}
