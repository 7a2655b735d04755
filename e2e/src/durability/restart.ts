import { connect } from "@millrace/client";
import { MillraceProcess, waitUntil } from "../harness/index.ts";

const KILLS = 4;

export async function createTopic(
  node: MillraceProcess,
  name: string,
  configs: Readonly<Record<string, string>> = {},
): Promise<void> {
  await using client = connect({ broker: node.grpc });
  await client.admin.createTopics([{ name, partitions: 1, configs }]);
}

/** What partition 0 holds, from its first offset on. */
export async function readAll(
  node: MillraceProcess,
  topic: string,
): Promise<{ readonly offset: number; readonly value: string }[]> {
  await using client = connect({ broker: node.grpc });
  const found: { offset: number; value: string }[] = [];
  for await (const { offset, value } of client.read({ topic, partition: 0, until: "end" })) {
    found.push({ offset, value: String(value) });
  }
  return found;
}

/**
 * Kills the node several times, each time after every count of acknowledgements went up by `stepMin`, and resolves
 * with the one that runs at the end, on the same directory and ports.
 */
export async function killRepeatedly(
  first: MillraceProcess,
  dataDir: string,
  counts: readonly (() => number)[],
  stepMin: number,
): Promise<MillraceProcess> {
  const untilMore = async (step: number) => {
    const goals = counts.map((count) => count() + step);
    await waitUntil(() => counts.every((count, at) => count() >= (goals[at] ?? 0)), {
      until: "every producer got on",
    });
  };
  let node = first;
  for (let kill = 0; kill < KILLS; kill += 1) {
    await untilMore(stepMin);
    await node.kill();
    node = await MillraceProcess.start({ dataDir, ports: first.ports });
  }
  await untilMore(1);
  return node;
}
