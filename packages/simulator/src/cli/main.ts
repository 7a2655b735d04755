import { isMainThread, Worker } from "node:worker_threads";
import { plantedBugs } from "../planted/planted-bugs.ts";
import { simulateQuorum } from "../raft/simulate-quorum.ts";
import { Transcript } from "../world/transcript.ts";
import { parseArguments, type SimulateArguments, usage } from "./arguments.ts";
import { Progress } from "./progress.ts";
import { type JobResult, serveJobs } from "./worker.ts";

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
    if (parsed.bug === "list") console.log(Object.keys(plantedBugs).join("\n"));
    else if (parsed.bug !== undefined && !Object.hasOwn(plantedBugs, parsed.bug)) {
      throw new Error(`--bug ${parsed.bug}: no such bug; --bug list names them`);
    } else if (parsed.trace) void trace(parsed);
    else runAll(parsed);
  } catch (error) {
    console.error(`simulate: ${(error as Error).message}\n\n${usage}`);
    process.exitCode = 2;
  }
}

/** One seed, with everything that happens. */
async function trace({ from, events, bug }: SimulateArguments): Promise<void> {
  // Collected, not printed as it comes: nothing may be written while the traps are set.
  const transcript = new Transcript({ keep: true });
  const planted = Object.entries(plantedBugs).find(([name]) => name === bug)?.[1] ?? {};
  const result = await simulateQuorum({ seed: from, events, transcript, planted });
  process.stdout.write(`${JSON.stringify(result.plan, undefined, 2)}\n${transcript.lines.join("\n")}\n`);
  const outcome = result.violation === undefined ? "no violation" : (result.violation.stack ?? "violation");
  console.log(`seed ${from}: ${result.events} events, transcript ${result.transcriptHash}\n${outcome}`);
  if (result.violation !== undefined) process.exitCode = 1;
}

function runAll(args: SimulateArguments): void {
  const { seeds, from, events, bug } = args;
  const progress = new Progress(performance.now());
  let [next, open] = [from, 0];
  let printedMs = performance.now();
  console.log(`seeds ${from} to ${from + seeds - 1}, ${events} events each, ${args.workers} workers`);

  for (let i = 0; i < Math.min(args.workers, seeds); i += 1) {
    const worker = new Worker(new URL(import.meta.url));
    worker.on("message", (result: JobResult) => {
      open -= 1;
      progress.add(result);
      report(result, args);
      if (performance.now() - printedMs > progressEveryMs) {
        printedMs = performance.now();
        console.log(progress.line(printedMs));
      }
      give(worker);
    });
    worker.on("error", (error: Error) => {
      console.error(`a worker failed: ${error.stack ?? error.message}`);
      process.exit(1);
    });
    give(worker);
  }

  function give(worker: Worker): void {
    if (next < from + seeds) {
      worker.postMessage({ seed: next, events, bug });
      next += 1;
      open += 1;
      return;
    }
    void worker.terminate();
    if (open > 0) return;
    console.log(progress.line(performance.now()));
    process.exitCode = progress.failed > 0 ? 1 : 0;
  }
}

function report(
  { seed, violation, plan, transcriptHash }: JobResult,
  { events, bug }: SimulateArguments,
): void {
  if (violation === undefined) return;
  const more = `${events === 20_000 ? "" : ` --events ${events}`}${bug === undefined ? "" : ` --bug ${bug}`}`;
  console.log(
    `\nseed ${seed} FAILED (transcript ${transcriptHash})\n${violation}\nfaults: ${JSON.stringify(plan.faults)}\n` +
      `replay: npm run simulate -- --seed ${seed} --trace${more}\n`,
  );
}
