import { SeededRandom } from "@millrace/runtime";
import { Nemesis } from "../nemesis/nemesis.ts";
import { trapAmbient } from "../world/ambient-traps.ts";
import type { Transcript } from "../world/transcript.ts";
import { World } from "../world/world.ts";
import type { Guest, Workload } from "./guest.ts";
import { Quorum } from "./quorum.ts";
import { agrees, describeQuorum, isWhole } from "./quorum-health.ts";
import { drawPlan, type QuorumPlan } from "./quorum-plan.ts";
import type { PlantedBug } from "./quorum-setup.ts";
import type { RegisterGuest } from "./register-guest.ts";
import { RegisterWorkload } from "./register-workload.ts";

export interface SimulateQuorumOptions {
  readonly seed: number | string;
  /** With faults; some more follow while the quorum heals. */
  readonly events?: number;
  readonly transcript?: Transcript;
  readonly planted?: PlantedBug;
  /** Instead of what the seed draws. */
  readonly plan?: Partial<QuorumPlan>;
}

export interface SimulationResult {
  readonly seed: string;
  readonly plan: QuorumPlan;
  readonly events: number;
  readonly simulatedMs: number;
  readonly strikes: number;
  readonly committed: number;
  readonly answered: number;
  /** Of everything that happened: equal for equal seeds. */
  readonly transcriptHash: string;
  /** What a checker found, or a node that failed; undefined when all went well. */
  readonly violation: Error | undefined;
}

const defaultEvents = 20_000;
/** A healed quorum has so long to answer again, and then to agree. Elections take a few hundred milliseconds. */
const healMs = 30_000;
/** And then nothing is to happen to its leader for so long. */
const calmMs = 2_000;
const answersAfterHeal = 5;
/** Between the calls of a client then: who is behind has to catch up through tiny pieces, and could be outrun for ever. */
const healThinkMs = 200;

/** Runs one seed of a quorum of registers to its end, or to the first violation. */
export function simulateQuorum(options: SimulateQuorumOptions): Promise<SimulationResult> {
  return simulate<RegisterGuest>(options, (quorum) => new RegisterWorkload(quorum));
}

/** Runs one seed of a quorum that does `work`. */
export async function simulate<G extends Guest>(
  options: SimulateQuorumOptions,
  work: (quorum: Quorum<G>) => Workload<G>,
): Promise<SimulationResult> {
  const { seed, events = defaultEvents, transcript, planted } = options;
  const drawn = drawPlan(new SeededRandom(seed).fork("plan"));
  const plan = { ...drawn, ...planted?.plan, ...options.plan };
  const world = new World({ seed, ...(transcript && { transcript }) });
  const quorum = new Quorum<G>(world, { plan, planted, work });
  const nemesis = new Nemesis(quorum);
  let violation: Error | undefined;
  await undefined; // what the caller left open goes first
  const restore = trapAmbient();
  try {
    quorum.start();
    nemesis.start();
    await world.run({ isDone: () => world.events >= events });
    nemesis.heal();
    await recover(quorum, nemesis);
  } catch (error) {
    violation = error as Error;
  } finally {
    restore();
  }
  return {
    seed: world.seed,
    plan,
    events: world.events,
    simulatedMs: world.nowMs,
    strikes: nemesis.strikes,
    committed: quorum.ledger.committed.lastIndex,
    answered: quorum.workload.history.answered,
    transcriptHash: world.transcript.hash,
    violation,
  };
}

/** Once faults stop the quorum answers, its members come to agree, and its leader stays (liveness). */
async function recover(quorum: Quorum, { operator }: Nemesis): Promise<void> {
  const { world } = quorum;
  const { history, clients } = quorum.workload;
  const answered = history.answered;
  for (const client of clients) client.slowDown(healThinkMs);
  await within(quorum, "answer", () => history.answered >= answered + answersAfterHeal && isWhole(quorum));
  for (const client of clients) client.stop();
  await within(quorum, "agree", () => agrees(quorum) && !operator.isHandingOver);
  const { term, lastIndex } = quorum.leader()?.node?.status ?? {};
  await world.run({ untilMs: world.nowMs + calmMs });
  const after = quorum.leader()?.node?.status;
  if (term === undefined || after?.term !== term) {
    quorum.violate("calm", `the leader of term ${term} was replaced though nothing happened`);
  } else if (after.lastIndex !== lastIndex) {
    quorum.violate("calm", `entries above ${lastIndex} were written though nothing happened`);
  }
  history.checkAll();
  await world.run({ untilMs: world.nowMs }); // throws what was found
}

async function within(quorum: Quorum, what: string, isDone: () => boolean): Promise<void> {
  const { world } = quorum;
  await world.run({ untilMs: world.nowMs + healMs, isDone });
  if (isDone()) return;
  const state = describeQuorum(quorum);
  quorum.violate("progress", `after faults stopped the quorum did not ${what} within ${healMs} ms\n${state}`);
  await world.run({ untilMs: world.nowMs });
}
