import { ApiError } from "@millrace/runtime";
import {
  checkCallOptions,
  checkMorePartitions,
  checkNames,
  checkNewTopics,
  checkOffsetQueries,
  checkOffsets,
} from "../arguments/check-admin.ts";
import { errorAbout } from "../error-about.ts";
import type {
  AdminTransport,
  CallOptions,
  ClusterInfo,
  CreatedTopic,
  NewTopic,
  OffsetAnswer,
  OffsetQuery,
  Outcome,
  TopicInfo,
} from "../transport/transport.ts";

/**
 * Administration. Every call is for several things at once; the first refusal rejects it with that `ApiError`, whose
 * `detail` names the thing, after all of them were tried. What is of the wrong type is an `ArgumentError`.
 */
export class Admin {
  readonly #transport: AdminTransport;

  /** @internal `MillraceClient.admin` is the one to use. */
  constructor(transport: AdminTransport) {
    this.#transport = transport;
  }

  async createTopics(topics: readonly NewTopic[], options?: CallOptions): Promise<readonly CreatedTopic[]> {
    checkNewTopics(topics);
    checkCallOptions(options);
    return every(await this.#transport.createTopics(topics, options), (at) => topics[at]?.name);
  }

  async deleteTopics(names: readonly string[], options?: CallOptions): Promise<void> {
    checkNames(names);
    checkCallOptions(options);
    every(await this.#transport.deleteTopics(names, options), (at) => names[at]);
  }

  /** `partitions` is the new total. */
  async createPartitions(
    topics: readonly { readonly name: string; readonly partitions: number }[],
    options?: CallOptions,
  ): Promise<void> {
    checkMorePartitions(topics);
    checkCallOptions(options);
    every(await this.#transport.createPartitions(topics, options), (at) => topics[at]?.name);
  }

  async describeTopics(names: readonly string[], options?: CallOptions): Promise<readonly TopicInfo[]> {
    checkNames(names);
    checkCallOptions(options);
    if (names.length === 0) return [];
    return every(await this.#transport.describeTopics(names, options), (at) => names[at]);
  }

  async listTopics(options?: CallOptions): Promise<readonly TopicInfo[]> {
    checkCallOptions(options);
    return every(await this.#transport.describeTopics([], options), () => undefined);
  }

  async describeCluster(options?: CallOptions): Promise<ClusterInfo> {
    checkCallOptions(options);
    return await this.#transport.describeCluster(options);
  }

  async listOffsets(
    queries: readonly OffsetQuery[],
    options?: CallOptions,
  ): Promise<readonly OffsetAnswer[]> {
    checkOffsetQueries(queries);
    checkCallOptions(options);
    const name = (at: number) => queries[at] && `${queries[at].topic}-${queries[at].partition}`;
    return every(await this.#transport.listOffsets(queries, options), name);
  }

  /** Answers the new first offset of each partition. */
  async deleteRecords(
    before: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[],
    options?: CallOptions,
  ): Promise<readonly number[]> {
    checkOffsets(before);
    checkCallOptions(options);
    const name = (at: number) => before[at] && `${before[at].topic}-${before[at].partition}`;
    return every(await this.#transport.deleteRecords(before, options), name);
  }
}

function every<T>(outcomes: readonly Outcome<T>[], nameOf: (at: number) => string | undefined): readonly T[] {
  return outcomes.map((outcome, at) => {
    if (!(outcome instanceof ApiError)) return outcome;
    const name = nameOf(at);
    throw name === undefined ? outcome : errorAbout(name, outcome);
  });
}
