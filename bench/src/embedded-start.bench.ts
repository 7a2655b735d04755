// startMillrace() inside a process whose modules are loaded: in memory, on disk, and several at once.
// node bench/src/embedded-start.bench.ts [--runs 20]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MillraceCluster, type StartMillraceOptions, startMillrace } from "@millrace/server";
import { runsFromArguments } from "./harness/compare.ts";
import { rounded, spread } from "./harness/statistics.ts";

const AT_ONCE = 5;
const scratch = await mkdtemp(join(tmpdir(), "millrace-embedded-"));
let directories = 0;
const onDisk = (): StartMillraceOptions => {
  directories += 1;
  return { dataDir: join(scratch, String(directories)) };
};

/** Until all of them are ready; closing them is not counted. */
async function startAll(options: readonly StartMillraceOptions[]): Promise<number> {
  const startedAt = performance.now();
  const clusters: MillraceCluster[] = await Promise.all(options.map((one) => startMillrace(one)));
  const ms = performance.now() - startedAt;
  await Promise.all(clusters.map((cluster) => cluster.close()));
  return ms;
}

const several = (make: () => StartMillraceOptions) => Array.from({ length: AT_ONCE }, make);
const cases: Readonly<Record<string, () => readonly StartMillraceOptions[]>> = {
  memoryMs: () => [{}],
  diskMs: () => [onDisk()],
  withTopicMs: () => [{ topics: ["orders"] }],
  fiveInMemoryMs: () => several(() => ({})),
  fiveOnDiskMs: () => several(onDisk),
};

const results = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]));
try {
  // The very first one of the process, whose code nothing has compiled yet: what a short test run sees.
  results.set("firstMs", [await startAll([{}])]);
  for (let run = -1; run < runsFromArguments(20); run++) {
    for (const [name, options] of Object.entries(cases)) {
      const ms = await startAll(options());
      // The first round warms up what the others run.
      if (run >= 0) results.get(name)?.push(ms);
    }
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
const line = [...results].map(([name, ms]) => [name, rounded(spread(ms))]);
console.log(JSON.stringify({ bench: "embedded-start", ...Object.fromEntries(line) }));
