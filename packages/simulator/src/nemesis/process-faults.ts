import { type Random, randomBelow } from "@millrace/runtime";
import type { Companion } from "../raft/companion.ts";
import type { Quorum } from "../raft/quorum.ts";
import type { QuorumNode } from "../raft/quorum-node.ts";
import { between } from "../raft/quorum-plan.ts";
import type { Fault } from "./fault.ts";

/** A node that runs, more often than not the one that leads: it has the most to lose. */
export function victim(quorum: Quorum, random: Random): QuorumNode | undefined {
  return oneOf(quorum, quorum.nodes, random);
}

/** The same, or somebody who runs beside the nodes. */
export function anyVictim(quorum: Quorum, random: Random): Companion | undefined {
  return oneOf<Companion>(quorum, quorum.everybody, random);
}

function oneOf<C extends Companion>(
  quorum: Quorum,
  all: readonly C[],
  random: Random,
): C | QuorumNode | undefined {
  const leader = random.fraction() < 0.4 ? quorum.leader() : undefined;
  const running = all.filter(({ isUp }) => isUp);
  return leader ?? running[randomBelow(random, Math.max(1, running.length))];
}

/** Long or short, and sometimes at once. */
function downMs(random: Random): number {
  return between(random, 0, 1) ** 3 * 4_000 + 1;
}

export const kill: Fault = ({ quorum, random }) => {
  const node = anyVictim(quorum, random);
  node?.kill();
  if (node !== undefined) quorum.startLater(node, downMs(random));
};

/** Of one machine, or of all of them at once, as in a data centre. */
export const powerCut: Fault = ({ quorum, random }) => {
  const all = random.fraction() < 0.1;
  const nodes = all ? quorum.everybody : [anyVictim(quorum, random)];
  for (const node of nodes) {
    if (!node?.isUp) continue;
    node.cutPower();
    quorum.startLater(node, downMs(random));
  }
};

export const restart: Fault = ({ quorum, random }) => {
  const node = anyVictim(quorum, random);
  node?.stop(() => quorum.startLater(node, downMs(random)));
};

export const stall: Fault = ({ quorum, random, until }) => {
  const process = anyVictim(quorum, random)?.machine.process;
  if (process === undefined) return;
  quorum.world.note(`${process.name} stalls`);
  process.stall();
  until(downMs(random), () => process.resume());
};

/** A clock that runs at half to twice the speed of the others', or is set. */
export const skew: Fault = ({ quorum, random, until }) => {
  const node = anyVictim(quorum, random);
  if (node === undefined) return;
  const { clock, name } = node.machine;
  const rate = 2 ** between(random, -1, 1);
  quorum.world.note(`${name} has a clock of rate ${rate.toFixed(2)}`);
  clock.setRate(rate);
  clock.stepWallTime(Math.round(between(random, -10_000, 10_000)));
  until(between(random, 500, 10_000), () => clock.setRate(1));
};
