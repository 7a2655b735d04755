import { type Random, randomBelow } from "@millrace/runtime";
import type { Quorum } from "../raft/quorum.ts";
import { between } from "../raft/quorum-plan.ts";
import type { Fault, Strike } from "./fault.ts";
import { anyVictim } from "./process-faults.ts";

type Link = readonly [from: string, to: string];

function block({ quorum, until, random }: Strike, links: readonly Link[]): void {
  quorum.world.note(`cut off ${links.map(([from, to]) => `${from}>${to}`).join(" ")}`);
  for (const [from, to] of links) quorum.network.block(from, to);
  until(between(random, 50, 4_000), () => {
    for (const [from, to] of links) quorum.network.unblock(from, to);
  });
}

function both(a: string, b: string): readonly Link[] {
  return [
    [a, b],
    [b, a],
  ];
}

function hosts(quorum: Quorum): readonly string[] {
  return quorum.everybody.map(({ machine }) => machine.name);
}

function shuffled<T>(random: Random, items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, key: random.fraction() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** Two parts of any size that do not hear of each other. */
export const split: Fault = (strike) => {
  const names = shuffled(strike.random, hosts(strike.quorum));
  const cut = 1 + randomBelow(strike.random, Math.max(1, names.length - 1));
  const [left, right] = [names.slice(0, cut), names.slice(cut)];
  block(
    strike,
    left.flatMap((a) => right.flatMap((b) => both(a, b))),
  );
};

/** One node hears nothing, or is not heard, or both. */
export const isolate: Fault = (strike) => {
  const alone = anyVictim(strike.quorum, strike.random)?.machine.name;
  if (alone === undefined) return;
  const others = hosts(strike.quorum).filter((name) => name !== alone);
  const kind = randomBelow(strike.random, 3);
  block(
    strike,
    others.flatMap((other) => both(alone, other).filter((_, i) => kind === 2 || kind === i)),
  );
};

/** Some links work in one direction only, so that not everybody can talk to everybody. */
export const oneWay: Fault = (strike) => {
  const names = hosts(strike.quorum);
  const links = names.flatMap((a) => names.filter((b) => b !== a).map((b): Link => [a, b]));
  block(
    strike,
    links.filter(() => strike.random.fraction() < 0.25),
  );
};

/** Much is lost, late, twice and out of order. */
export const storm: Fault = ({ quorum, random, until }) => {
  const { network, plan, world } = quorum;
  world.note("storm");
  network.weather = {
    ...plan.weather,
    lossRate: between(random, 0, 0.5),
    duplicateRate: between(random, 0, 0.5),
    lateRate: between(random, 0, 0.5),
    lateMsMax: between(random, 20, 600),
    inOrder: false,
  };
  until(between(random, 200, 3_000), () => {
    network.weather = plan.weather;
  });
};
