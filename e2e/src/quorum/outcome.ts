import { connect } from "@millrace/client";
import { waitUntil } from "../harness/index.ts";
import { BROKER, type LoggedRecord, type QuorumUnderTest } from "./quorum-under-test.ts";
import type { TopicCreator } from "./topic-creator.ts";

/** Partitions of each topic, by name. */
type Topics = Readonly<Record<string, number>>;

export interface Outcome {
  readonly acknowledged: Topics;
  readonly there: Topics;
  /** Changes that stand in the log more than once. */
  readonly doneTwice: readonly string[];
}

/** Stops the load and waits until all controllers have written the same. */
export async function outcomeOf(quorum: QuorumUnderTest, load: readonly TopicCreator[]): Promise<Outcome> {
  await Promise.all(load.map((creator) => creator.stop()));
  await using client = connect({ broker: quorum.stack.address(BROKER, "grpc") });
  const there = (await client.admin.listTopics()).map(({ name, partitions }) => [name, partitions.length]);
  const changes = (await sameLog(quorum)).map(changeOf).filter((change) => change !== undefined);
  return {
    acknowledged: Object.fromEntries(load.flatMap(({ partitions }) => [...partitions])),
    there: Object.fromEntries(there),
    doneTwice: changes.filter((change, at) => changes.indexOf(change) !== at),
  };
}

/** What all controllers have written, from where the one that keeps least begins; waits until it is the same. */
async function sameLog(quorum: QuorumUnderTest): Promise<readonly LoggedRecord[]> {
  return await waitUntil(
    async () => {
      await quorum.caughtUp();
      const logs = await Promise.all(quorum.controllers.map((nodeId) => quorum.dump(nodeId)));
      const from = Math.max(...logs.map((log) => log[0]?.offset ?? 0));
      const [first = [], ...others] = logs.map((log) => log.filter(({ offset }) => offset >= from));
      const text = JSON.stringify(first);
      return others.every((log) => JSON.stringify(log) === text) && first;
    },
    { until: "all controllers have written the same" },
  );
}

/** What may be done once only. */
function changeOf({ type, record }: LoggedRecord): string | undefined {
  if (type === "topic") return `topic ${record.name}`;
  if (type === "partitions") return `partitions of ${record.topicId} from ${record.firstPartition}`;
  if (type === "removeTopic") return `removal of ${record.topicId}`;
  return undefined;
}
