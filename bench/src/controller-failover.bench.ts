// How soon metadata changes go on after kill -9 of the active controller: three controllers and a broker, each a process of
// its own with its log on disk; from the kill until our client has created the next topic. At the end every topic that was
// acknowledged has to be there, and the survivors' logs have to say the same.
// node bench/src/controller-failover.bench.ts [--runs 10]
import { connect } from "@millrace/client";
import { launcher, mustRun, StackUnderTest, waitUntil } from "@millrace/e2e/harness";
import { runsFromArguments } from "./harness/compare.ts";
import { rounded, spread } from "./harness/statistics.ts";

const BROKER = 101;
/** Created before each kill, one after the other. */
const TOPICS = 20;

await using stack = await StackUnderTest.start("--controllers", "3", "--brokers", "1");
await using client = connect({ broker: stack.address(BROKER, "grpc") });
const acknowledged: string[] = [];
let unknown = 0;

/** Again when the outcome of an attempt is unknown. */
async function createTopic(name: string): Promise<void> {
  for (;;) {
    try {
      await client.admin.createTopics([{ name }]);
    } catch (error) {
      if (!(error instanceof Error && "id" in error && error.id === "TOPIC_ALREADY_EXISTS")) {
        unknown++;
        continue;
      }
    }
    acknowledged.push(name);
    return;
  }
}

const gapsMs: number[] = [];
const rounds = runsFromArguments(10);
for (let round = -1; round < rounds; round++) {
  for (let i = 0; i < TOPICS; i++) await createTopic(`topic-${round}-${i}`);
  const active = await waitUntil(() => stack.activeController(), { until: "a controller is active" });
  process.kill(stack.process(active).pid ?? 0, "SIGKILL");
  const killedMs = performance.now();
  await createTopic(`after-${round}`);
  if (round >= 0) gapsMs.push(performance.now() - killedMs);
  await stack.act("restart", active);
}

const there = new Set((await client.admin.listTopics()).map(({ name }) => name));
const missing = acknowledged.filter((name) => !there.has(name));
await stack.stop();
const dumps: string[][] = [];
for (const { roles, dataDir } of stack.processes) {
  if (!roles.includes("controller")) continue;
  const dump = await mustRun(process.execPath, [launcher, "metadata", "dump", "--data-dir", dataDir]);
  dumps.push(dump.toString().trimEnd().split("\n"));
}
const shared = Math.min(...dumps.map((lines) => lines.length));
const logsAgree = new Set(dumps.map((lines) => lines.slice(0, shared).join("\n"))).size === 1;
console.log(
  JSON.stringify({
    bench: "controller-failover",
    kills: rounds,
    killToNextTopicMs: rounded(spread(gapsMs)),
    attemptsWithUnknownOutcome: unknown,
    acknowledged: acknowledged.length,
    missing: missing.length,
    logsAgree,
  }),
);
