// DescribeLogDirs, versions 1-5. KIP-113, KIP-827 (4: total and usable bytes), KIP-1066 (5: cordoned directories).
import {
  type DescribeLogDirsPartitionInput,
  type DescribeLogDirsRequest,
  type DescribeLogDirsTopicInput,
  describeLogDirsApi,
} from "@millrace/kafka-protocol/messages/describe-log-dirs";
import { ApiError } from "@millrace/runtime";
import type { Broker } from "../broker.ts";
import { CLUSTER_NAME } from "../security/authorizer.ts";
import { defineApi } from "./kafka-api.ts";

export const describeLogDirs = defineApi({
  api: describeLogDirsApi,
  versions: { min: 1, max: 5 },
  async handle(request, context, broker) {
    if (!broker.authorizer.isAllowed(context, "DESCRIBE", "cluster", CLUSTER_NAME)) {
      throw new ApiError("CLUSTER_AUTHORIZATION_FAILED");
    }
    const { disk } = broker;
    const topics = await logsOf(request, broker);
    const directory = {
      errorCode: 0,
      logDir: disk.description,
      topics,
      totalBytes: (await disk.totalBytes()) ?? -1,
      usableBytes: (await disk.freeBytes()) ?? -1,
    };
    return { throttleTimeMs: 0, results: [directory] };
  },
  refuse: (_request, { code }) => ({ throttleTimeMs: 0, errorCode: code, results: [] }),
});

/** Logs that are offline are left out: their sizes are not to be had. */
async function logsOf(
  { topics: asked }: DescribeLogDirsRequest,
  { replicas }: Broker,
): Promise<DescribeLogDirsTopicInput[]> {
  const wanted = asked && new Map(asked.map(({ topic, partitions }) => [topic, new Set(partitions)]));
  const topics = new Map<string, DescribeLogDirsPartitionInput[]>();
  for (const { topic, partition: partitionIndex, log } of [...replicas.all()]) {
    if (log.failure !== undefined || wanted?.get(topic)?.has(partitionIndex) === false) continue;
    if (wanted !== null && !wanted.has(topic)) continue;
    const partition = {
      partitionIndex,
      partitionSize: await log.sizeInBytes(),
      offsetLag: Math.max(0, log.highWatermark - log.logEndOffset),
      isFutureKey: false,
    };
    const ofTopic = topics.get(topic);
    if (ofTopic === undefined) topics.set(topic, [partition]);
    else ofTopic.push(partition);
  }
  return Array.from(topics, ([name, partitions]) => ({ name, partitions }));
}
