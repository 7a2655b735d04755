// How long changes stand still when the active controller is killed with kill -9: three controllers and a broker, each a
// process of its own with its log on disk, and clients that create one topic after the other through the broker by Kafka's
// protocol. For each kill the longest time between two acknowledgements: of the clients together, and of any one of them.
// At the end every topic that was acknowledged has to be there, and the controllers' logs have to say the same.
// node bench/src/controller-failover.bench.ts [--runs 10]
import { isDeepStrictEqual } from "node:util";
import { connect } from "@millrace/client";
import { waitUntil } from "@millrace/e2e/harness";
import { BROKER, QuorumUnderTest, TopicCreator } from "@millrace/e2e/quorum";
import { runsFromArguments } from "./harness/compare.ts";
import { rounded, spread } from "./harness/statistics.ts";

/** Of each client, before a kill and after it. */
const TOPICS = 20;

const kills = runsFromArguments(10);
for (const inFlight of [1, 4, 16]) await measure(inFlight);

async function measure(inFlight: number): Promise<void> {
  await using quorum = await QuorumUnderTest.start();
  const clients = Array.from(
    { length: inFlight },
    (_, at) => new TopicCreator(quorum.bootstrap, `topic-${at}`),
  );
  const together: number[] = [];
  const each: number[] = [];
  for (let kill = -1; kill < kills; kill++) {
    await more(clients);
    const active = await quorum.active();
    await quorum.caughtUp();
    const killedMs = performance.now();
    quorum.kill(active);
    await more(clients);
    if (kill >= 0) {
      together.push(longestGap(clients, killedMs));
      each.push(...clients.map((client) => longestGap([client], killedMs)));
    }
    await quorum.restart(active);
  }
  await Promise.all(clients.map((client) => client.stop()));
  console.log(
    JSON.stringify({
      bench: `controller-failover-${inFlight}-in-flight`,
      kills,
      gapMs: rounded(spread(together)),
      gapOfOneClientMs: rounded(spread(each)),
      ...(await outcome(quorum, clients)),
    }),
  );
}

async function more(clients: readonly TopicCreator[]): Promise<void> {
  const goals = clients.map(({ acknowledged }) => acknowledged.size + TOPICS);
  await waitUntil(() => clients.every(({ acknowledged }, at) => acknowledged.size >= goals[at]!), {
    until: "every client got on",
  });
}

/** Between two acknowledgements of which the later one came after `sinceMs`. */
function longestGap(clients: readonly TopicCreator[], sinceMs: number): number {
  const times = clients.flatMap(({ acknowledged }) => [...acknowledged.values()]).sort((a, b) => a - b);
  return Math.max(...times.map((time, at) => (time > sinceMs ? time - (times[at - 1] ?? sinceMs) : 0)));
}

async function outcome(quorum: QuorumUnderTest, clients: readonly TopicCreator[]): Promise<object> {
  const acknowledged = clients.flatMap((client) => [...client.acknowledged.keys()]);
  await using client = connect({ broker: quorum.stack.address(BROKER, "grpc") });
  const there = new Set((await client.admin.listTopics()).map(({ name }) => name));
  await quorum.caughtUp();
  const [first, ...others] = await Promise.all(quorum.controllers.map((nodeId) => quorum.dump(nodeId)));
  return {
    acknowledged: acknowledged.length,
    attemptsWithUnknownOutcome: clients.flatMap(({ repeatedFor }) => repeatedFor).length,
    missing: acknowledged.filter((name) => !there.has(name)).length,
    logsAgree: others.every((log) => isDeepStrictEqual(log, first)),
  };
}
