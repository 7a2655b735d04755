// Proposals of 1 KiB a second and their latency with three voters in three processes, each with an fsync before it
// acknowledges, at 1, 16 and 256 in flight; beside HashiCorp's raft where there is Go.
// node bench/src/raft.bench.ts [--runs 5] [--alone]
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mustRun } from "@millrace/e2e/harness";
import { runsFromArguments } from "./harness/compare.ts";
import { ratios, rounded, spread } from "./harness/statistics.ts";
import { type VoterFigures, Voters } from "./raft/voters.ts";

const SECONDS = 3;
const BYTES = 1_024;
const inFlights = [1, 16, 256];

const ourVoter = fileURLToPath(new URL("raft/voter-process.ts", import.meta.url));
const theirSource = fileURLToPath(new URL("../hashicorp-raft", import.meta.url));
const theirVoter = join(tmpdir(), "millrace-bench", "hashicorp-raft");

const hasGo = spawnSync("go", ["version"]).status === 0;

async function startTheirs(): Promise<Voters> {
  mkdirSync(join(theirVoter, ".."), { recursive: true });
  await mustRun("go", ["build", "-C", theirSource, "-o", theirVoter, "."], { timeoutMs: 300_000 });
  return await Voters.start("hashicorp-raft", [theirVoter], 21_110);
}

await using stack = new AsyncDisposableStack();
const ours = stack.use(await Voters.start("millrace-raft", [process.execPath, ourVoter], 21_100));
const withTheirs = hasGo && !process.argv.includes("--alone");
const theirs = withTheirs ? stack.use(await startTheirs()) : undefined;

const column = (runs: readonly VoterFigures[], figure: keyof VoterFigures) =>
  runs.map((figures) => figures[figure]);

for (const inFlight of inFlights) {
  const results = { ours: [] as VoterFigures[], theirs: [] as VoterFigures[] };
  for (let run = -1; run < runsFromArguments(5); run++) {
    const our = await ours.load(inFlight, SECONDS, BYTES);
    const their = await theirs?.load(inFlight, SECONDS, BYTES);
    if (run < 0) continue;
    results.ours.push(our);
    if (their !== undefined) results.theirs.push(their);
  }
  const line: Record<string, unknown> = { bench: `raft-3-voters-${inFlight}-in-flight` };
  for (const figure of ["proposalsPerSecond", "p50Ms", "p99Ms"] as const) {
    line[figure] = {
      millrace: rounded(spread(column(results.ours, figure))),
      ...(theirs !== undefined && {
        hashicorp: rounded(spread(column(results.theirs, figure))),
        ratio: rounded(ratios(column(results.ours, figure), column(results.theirs, figure))),
      }),
    };
  }
  console.log(JSON.stringify(line));
}
