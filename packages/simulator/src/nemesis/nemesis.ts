import type { SeededRandom } from "@millrace/runtime";
import type { Quorum } from "../raft/quorum.ts";
import { brokenDisk, fullDisk, replaceDisk, rot, slowDisk } from "./disk-faults.ts";
import type { Fault } from "./fault.ts";
import { type FaultName, faultNames } from "./fault-names.ts";
import { isolate, oneWay, split, storm } from "./network-faults.ts";
import { Operator } from "./operator.ts";
import { kill, powerCut, restart, skew, stall } from "./process-faults.ts";

/** How often the operator looks. */
const operatorMs = 250;

/** Does to a quorum what its plan says, at random times, until it is called off; then everything is put right. */
export class Nemesis {
  readonly #quorum: Quorum;
  readonly #random: SeededRandom;
  readonly operator: Operator;
  readonly #undo = new Set<() => void>();
  #isOver = false;
  #strikes = 0;

  constructor(quorum: Quorum) {
    this.#quorum = quorum;
    this.#random = quorum.world.random.fork("nemesis");
    this.operator = new Operator(quorum);
  }

  get strikes(): number {
    return this.#strikes;
  }

  start(): void {
    const { faults } = this.#quorum.plan;
    for (const name of faultNames) {
      const meanMs = faults[name];
      if (meanMs !== undefined) this.#schedule(this.#faults[name], meanMs);
    }
    this.#operate();
  }

  /** No more faults: links work, disks work, clocks run at one speed, everybody is up. */
  heal(): void {
    const { network, plan, nodes, world } = this.#quorum;
    world.note("healed");
    this.#isOver = true;
    for (const undo of this.#undo) undo();
    this.#undo.clear();
    network.unblockAll();
    network.weather = { ...plan.weather, lossRate: 0, duplicateRate: 0, lateRate: 0 };
    this.operator.wantAsPlanned();
    for (const node of nodes) {
      // Damage that nobody read yet would be found some day: let it be now.
      if (this.#quorum.losses.isRotten(node) && node.isUp) node.kill();
      if (!node.isUp) this.#quorum.startLater(node);
    }
    this.#quorum.workload.healed?.();
  }

  readonly #faults: Record<FaultName, Fault> = {
    kill,
    powerCut,
    restart,
    stall,
    skew,
    split,
    isolate,
    oneWay,
    storm,
    slowDisk,
    fullDisk,
    brokenDisk,
    rot,
    replaceDisk,
    changeVoters: () => this.operator.changeItsMind(),
    transfer: () => this.operator.transfer(),
  };

  #schedule(fault: Fault, meanMs: number): void {
    const { world } = this.#quorum;
    // Exponential: as likely in the next moment as in any other.
    world.after(-Math.log(1 - this.#random.fraction()) * meanMs, () => {
      if (this.#isOver) return;
      this.#strikes += 1;
      fault({ quorum: this.#quorum, random: this.#random, until: (ms, undo) => this.#until(ms, undo) });
      this.#schedule(fault, meanMs);
    });
  }

  #until(ms: number, undo: () => void): void {
    this.#undo.add(undo);
    this.#quorum.world.after(ms, () => {
      if (this.#undo.delete(undo)) undo();
    });
  }

  #operate(): void {
    this.#quorum.world.after(operatorMs, () => {
      this.operator.act();
      this.#operate();
    });
  }
}
