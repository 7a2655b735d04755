import { writeSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { Transcript } from "../world/transcript.ts";
import { parseArguments, type SimulateArguments, usage } from "./arguments.ts";
import { Crew } from "./crew.ts";
import { Progress } from "./progress.ts";
import { simulation } from "./simulation.ts";
import { type Job, type JobResult, serveJobs } from "./worker.ts";

const progressEveryMs = 10_000;

if (isMainThread) main();
else serveJobs();

function main(): void {
  const args = process.argv.slice(2);
  if (args.includes("--help")) {
    process.stdout.write(usage);
    return;
  }
  try {
    const parsed = parseArguments(args, Math.floor(Math.random() * 2 ** 31));
    const { bugs } = simulation(parsed.controllers);
    if (parsed.bug === "list") console.log(Object.keys(bugs).join("\n"));
    else if (parsed.bug !== undefined && !Object.hasOwn(bugs, parsed.bug)) {
      throw new Error(`--bug ${parsed.bug}: no such bug; --bug list names them`);
    } else if (parsed.trace) void trace(parsed);
    else runAll(parsed);
  } catch (error) {
    console.error(`simulate: ${(error as Error).message}\n\n${usage}`);
    process.exitCode = 2;
  }
}

/** One seed, with everything that happens, as it happens: an event that never ends can be seen coming. */
async function trace({ from, events, controllers, bug }: SimulateArguments): Promise<void> {
  const write = writeSync; // while a run is on, importing code would get a trap
  const transcript = new Transcript({ onLine: (line) => write(1, `${line}\n`) });
  const { bugs, run } = simulation(controllers);
  const planted = (bug === undefined ? undefined : bugs[bug]) ?? {};
  const {
    violation,
    plan,
    events: count,
    transcriptHash,
  } = await run({ seed: from, events, transcript, planted });
  console.log(JSON.stringify(plan, undefined, 2));
  console.log(`seed ${from}: ${count} events, transcript ${transcriptHash}`);
  console.log(violation === undefined ? "no violation" : violation.message);
  if (violation !== undefined) process.exitCode = 1;
}

function runAll(args: SimulateArguments): void {
  const { seeds, from, events, workers, bug } = args;
  const progress = new Progress(performance.now());
  let printedMs = performance.now();
  console.log(`seeds ${from} to ${from + seeds - 1}, ${events} events each, ${workers} workers`);
  new Crew({
    script: new URL(import.meta.url),
    workers: Math.min(workers, seeds),
    jobs: jobsOf(args),
    onDone: (result) => {
      progress.add(result);
      if (result.violation !== undefined) report(result.seed, describe(result), args);
      if (performance.now() - printedMs < progressEveryMs) return;
      printedMs = performance.now();
      console.log(progress.line(printedMs));
    },
    onStuck: ({ seed }) => {
      progress.stuck();
      report(seed, "an event never ends", args);
    },
    onEnd: () => {
      console.log(progress.line(performance.now()));
      const isMissed = bug !== undefined && progress.failed === 0;
      if (isMissed) console.log(`${bug} was planted, and not found in ${seeds} seeds: try more`);
      process.exitCode = progress.failed > 0 || isMissed ? 1 : 0;
    },
  });
}

function describe({ violation, plan, transcriptHash }: JobResult): string {
  return `${violation}\nfaults: ${JSON.stringify(plan.faults)}\ntranscript: ${transcriptHash}`;
}

function report(seed: number | string, what: string, args: SimulateArguments): void {
  const { events, controllers, bug } = args;
  const kind = controllers ? " --controllers" : "";
  const more = `${kind}${events === 20_000 ? "" : ` --events ${events}`}${bug === undefined ? "" : ` --bug ${bug}`}`;
  console.log(`\nseed ${seed} FAILED: ${what}\nreplay: npm run simulate -- --seed ${seed} --trace${more}\n`);
}

function* jobsOf({ seeds, from, events, controllers, bug }: SimulateArguments): Generator<Job> {
  for (let seed = from; seed < from + seeds; seed += 1) yield { seed, events, controllers, bug };
}
