import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";

export const usage = `npm run simulate -- [options]

  --seeds N      how many seeds to run (100)
  --from SEED    the first of them; the others follow (a random one)
  --seed SEED    runs this one only
  --trace        prints everything that happens; with --seed
  --events N     faults go on for so many events (20000)
  --workers N    threads (one for each core)
  --controllers  runs controllers with brokers, not registers
  --bug NAME     plants a bug, to see it found; --bug list names them
`;

export interface SimulateArguments {
  readonly seeds: number;
  readonly from: number;
  readonly trace: boolean;
  readonly events: number;
  readonly workers: number;
  readonly controllers: boolean;
  readonly bug: string | undefined;
}

/** Throws an error whose message is for people. */
export function parseArguments(args: readonly string[], randomSeed: number): SimulateArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: "string", default: "100" },
      from: { type: "string" },
      seed: { type: "string" },
      trace: { type: "boolean", default: false },
      events: { type: "string", default: "20000" },
      workers: { type: "string", default: String(availableParallelism()) },
      controllers: { type: "boolean", default: false },
      bug: { type: "string" },
    },
  });
  const one = values.seed === undefined ? undefined : whole("--seed", values.seed);
  if (values.trace && one === undefined)
    throw new Error("--trace needs --seed: it prints tens of thousands of lines a seed");
  return {
    seeds: one === undefined ? positive("--seeds", values.seeds) : 1,
    from: one ?? (values.from === undefined ? randomSeed : whole("--from", values.from)),
    trace: values.trace,
    events: whole("--events", values.events),
    workers: positive("--workers", values.workers),
    controllers: values.controllers,
    bug: values.bug,
  };
}

function positive(name: string, text: string): number {
  const value = whole(name, text);
  if (value === 0) throw new Error(`${name} is 1 or more`);
  return value;
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Error(`${name} is a whole number, not ${JSON.stringify(text)}`);
  return value;
}
