import { ApiError } from "@millrace/runtime";
import { checkIfGiven } from "../arguments/check.ts";
import {
  checkCallOptions,
  checkMorePartitions,
  checkNames,
  checkNewTopics,
  checkNewVoter,
  checkOffsetQueries,
  checkOffsets,
  checkVoterKey,
} from "../arguments/check-admin.ts";
import { errorAbout } from "../error-about.ts";
import type { NewVoter, QuorumInfo, VoterKey } from "../transport/quorum-info.ts";
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

  /** The quorum of controllers as the active one knows it. */
  async describeQuorum(options?: CallOptions): Promise<QuorumInfo> {
    checkCallOptions(options);
    return await this.#transport.describeQuorum(options);
  }

  /**
   * Makes a controller that follows the quorum a voter; resolves when that is committed. Rejects with DUPLICATE_VOTER,
   * INVALID_VOTER_KEY (it follows with another directory), and REQUEST_TIMED_OUT when it has not caught up or nobody
   * answers at its endpoint.
   */
  async addVoter(voter: NewVoter, options?: CallOptions): Promise<void> {
    checkNewVoter(voter);
    checkCallOptions(options);
    await this.#transport.addVoter(voter, options);
  }

  /** Resolves when the quorum without it is committed. Rejects with VOTER_NOT_FOUND; the last voter stays: INVALID_REQUEST. */
  async removeVoter(voter: VoterKey, options?: CallOptions): Promise<void> {
    checkVoterKey(voter);
    checkCallOptions(options);
    await this.#transport.removeVoter(voter, options);
  }

  /**
   * Makes another voter the active controller, without `nodeId` the one that has most of the log; resolves with who is
   * active. Rejects with VOTER_NOT_FOUND, and with REQUEST_TIMED_OUT when that voter did not take over.
   */
  async moveController(nodeId?: number, options?: CallOptions): Promise<number> {
    checkIfGiven(nodeId, "index", "nodeId");
    checkCallOptions(options);
    return await this.#transport.moveController(nodeId, options);
  }
}

function every<T>(outcomes: readonly Outcome<T>[], nameOf: (at: number) => string | undefined): readonly T[] {
  return outcomes.map((outcome, at) => {
    if (!(outcome instanceof ApiError)) return outcome;
    const name = nameOf(at);
    throw name === undefined ? outcome : errorAbout(name, outcome);
  });
}
