import type { AdminService } from "@millrace/proto/admin";
import type { ItemError } from "@millrace/proto/common";
import type { ServiceClient } from "@millrace/runtime";
import type { AdminTransport, OffsetSpec, Outcome, QuorumTransport } from "../transport/transport.ts";
import { itemError } from "./item-error.ts";

const specialTimestamps = { latest: -1n, earliest: -2n, maxTimestamp: -3n } as const;

const timestampOf = (at: OffsetSpec): bigint => (typeof at === "number" ? BigInt(at) : specialTimestamps[at]);

const idText = (id: Uint8Array): string => Buffer.from(id).toString("base64url");

/** The items of an answer: what `value` makes of each, or its error. */
function outcomes<I extends { readonly error?: ItemError | undefined }, T>(
  items: readonly I[],
  value: (item: I) => T,
): Outcome<T>[] {
  return items.map((item) => itemError(item.error) ?? value(item));
}

/** Administration through the facade that every broker serves. */
export function grpcAdmin(
  client: ServiceClient<typeof AdminService>,
): Omit<AdminTransport, keyof QuorumTransport> {
  return {
    async createTopics(topics, options) {
      const request = {
        topics: topics.map(({ name, partitions, replicationFactor, configs }) => ({
          name,
          ...(partitions !== undefined && { partitions }),
          ...(replicationFactor !== undefined && { replicationFactor }),
          ...(configs !== undefined && { configs: { ...configs } }),
        })),
      };
      const response = await client.createTopics(request, options);
      return outcomes(response.topics, ({ name, topicId, partitions, replicationFactor }) => ({
        name,
        topicId: idText(topicId),
        partitions,
        replicationFactor,
      }));
    },

    async deleteTopics(names, options) {
      const topics = names.map((name) => ({ reference: { case: "name", value: name } as const }));
      const response = await client.deleteTopics({ topics }, options);
      return outcomes(response.topics, () => undefined);
    },

    async createPartitions(topics, options) {
      const response = await client.createPartitions(
        { topics: topics.map((topic) => ({ ...topic })) },
        options,
      );
      return outcomes(response.topics, () => undefined);
    },

    async describeTopics(names, options) {
      const response = await client.describeTopics({ names: [...names] }, options);
      return outcomes(response.topics, ({ name, topicId, internal, partitions }) => ({
        name,
        topicId: idText(topicId),
        internal,
        partitions: partitions.map(({ partition, leader }) => ({ partition, leader })),
      }));
    },

    async describeCluster(options) {
      const { clusterId, controllerId, brokers } = await client.describeCluster({}, options);
      return {
        clusterId,
        controllerId,
        brokers: brokers.map(({ brokerId, grpcHost, grpcPort, fenced }) => ({
          brokerId,
          grpc: `${grpcHost}:${grpcPort}`,
          fenced,
        })),
      };
    },

    async listOffsets(queries, options) {
      const request = queries.map(({ topic, partition, at }) => ({
        topic,
        partition,
        timestampMs: timestampOf(at),
      }));
      const response = await client.listOffsets({ queries: request }, options);
      return outcomes(response.answers, ({ offset, timestampMs }) => ({
        offset: Number(offset),
        timestampMs: Number(timestampMs),
      }));
    },

    async deleteRecords(before, options) {
      const partitions = before.map(({ topic, partition, offset }) => ({
        topic,
        partition,
        offset: BigInt(offset),
      }));
      const response = await client.deleteRecords({ partitions }, options);
      return outcomes(response.partitions, ({ offset }) => Number(offset));
    },
  };
}
