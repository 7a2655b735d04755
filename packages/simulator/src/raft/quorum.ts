import { type Message, RaftStorageError, type Voter } from "@millrace/raft";
import { DiskError, type DiskErrorCode, type Random } from "@millrace/runtime";
import { makeCheckers } from "../checks/make-checkers.ts";
import type { RaftObserver } from "../checks/raft-observer.ts";
import { RaftWatch } from "../checks/raft-watch.ts";
import { Ledger } from "../ledger/ledger.ts";
import { nameOf } from "../ledger/log-slot.ts";
import { SimulatedNetwork } from "../network/simulated-network.ts";
import { diskFaults } from "../world/disk-weather.ts";
import { Machine } from "../world/machine.ts";
import { Violation } from "../world/violation.ts";
import type { World } from "../world/world.ts";
import type { Companion } from "./companion.ts";
import { describeMessage } from "./describe-message.ts";
import { DiskLosses } from "./disk-losses.ts";
import type { Guest, Workload } from "./guest.ts";
import { QuorumNode } from "./quorum-node.ts";
import { between, type QuorumPlan } from "./quorum-plan.ts";
import type { PlantedBug, QuorumSetup } from "./quorum-setup.ts";

const restartMsMax = 1_000;

export interface QuorumOptions<G extends Guest> {
  readonly plan: QuorumPlan;
  readonly planted?: PlantedBug | undefined;
  /** Called when all else is there. */
  readonly work: (quorum: Quorum<G>) => Workload<G>;
}

/** A quorum in a world: its machines, nodes and clients, under every checker. */
export class Quorum<G extends Guest = Guest> {
  readonly world: World;
  readonly plan: QuorumPlan;
  readonly network: SimulatedNetwork<Message>;
  readonly ledger: Ledger;
  readonly losses: DiskLosses;
  readonly watch: RaftObserver;
  readonly nodes: readonly QuorumNode<G>[];
  readonly workload: Workload<G>;
  /** Disk errors that were brought about, by machine: anything else is a bug. */
  readonly #expectedErrors = new Map<QuorumNode, Set<DiskErrorCode>>();
  readonly #random: Random;

  constructor(world: World, { plan, planted = {}, work }: QuorumOptions<G>) {
    this.world = world;
    this.plan = plan;
    this.#random = world.random.fork("restarts");
    this.network = new SimulatedNetwork(world, describeMessage);
    this.network.weather = plan.weather;
    const machines = Array.from({ length: plan.voters + plan.spares }, (_, i) => this.#makeMachine(i + 1));
    const bootstrapVoters = machines.slice(0, plan.voters).map(
      ({ machine }, i): Voter => ({
        id: i + 1,
        directoryId: "d1",
        endpoint: { host: machine.name, port: 1 },
      }),
    );
    this.ledger = new Ledger(bootstrapVoters);
    this.losses = new DiskLosses(this.ledger, () => this.nodes);
    this.watch = this.#watch();
    const setup: QuorumSetup = {
      world,
      network: this.network,
      watch: this.watch,
      bootstrapVoters,
      contacts: machines.map(({ machine }) => ({ host: machine.name, port: 1 })),
      timing: plan.timing,
      limits: plan.limits,
      segmentBytes: plan.segmentBytes,
      applyMsMax: plan.applyMsMax,
      planted,
    };
    this.nodes = machines.map(({ machine, diskWeather }, i) =>
      this.#makeNode(setup, machine, { id: i + 1, diskWeather }),
    );
    this.workload = work(this);
  }

  start(): void {
    for (const node of this.nodes) this.world.after(this.#random.fraction() * 10, () => node.start());
    for (const companion of this.workload.companions ?? []) this.startLater(companion, 10);
    for (const client of this.workload.clients) client.start();
  }

  /** The node that leads and runs, as far as it knows. */
  leader(): QuorumNode<G> | undefined {
    let best: QuorumNode<G> | undefined;
    let bestTerm = -1;
    for (const node of this.nodes) {
      const status = node.node?.status;
      if (status?.role !== "leader" || status.term <= bestTerm || !node.machine.process?.isRunning) continue;
      best = node;
      bestTerm = status.term;
    }
    return best;
  }

  /** The nodes, and whoever runs beside them. */
  get everybody(): readonly Companion[] {
    return [...this.nodes, ...(this.workload.companions ?? [])];
  }

  startLater(node: Companion, withinMs = restartMsMax): void {
    this.world.after(between(this.#random, 1, withinMs), () => {
      if (!node.isUp) node.start();
    });
  }

  expectDiskError(node: QuorumNode, code: DiskErrorCode): void {
    const expected = this.#expectedErrors.get(node) ?? new Set();
    this.#expectedErrors.set(node, expected.add(code));
  }

  replaceDisk(node: QuorumNode): void {
    this.losses.replaced(node);
    node.replaceDisk();
  }

  violate(check: string, message: string): void {
    this.world.violate(new Violation(check, message));
  }

  #watch(): RaftObserver {
    const ticksMs = this.plan.timing.tickMs ?? 20;
    const checkers = makeCheckers({
      ledger: this.ledger,
      violate: (check, message) => this.violate(check, message),
      ownMs: (member) => this.nodes.find(({ id }) => id === member.id)?.machine.clock.monotonicMs() ?? 0,
      // A node counts ticks: it may be two short of what passed on its clock.
      freshMs: ((this.plan.timing.electionTicks ?? 10) - 2) * ticksMs,
    });
    return new RaftWatch(this.ledger, checkers);
  }

  #makeMachine(id: number) {
    const name = `m${id}`;
    const diskWeather = { ...this.plan.disk };
    const random = this.world.random.fork(`disk weather of ${name}`);
    this.network.addHost(name);
    return { machine: new Machine(name, this.world, diskFaults(diskWeather, random)), diskWeather };
  }

  #makeNode(
    setup: QuorumSetup,
    machine: Machine,
    { id, diskWeather }: Pick<QuorumNode, "id" | "diskWeather">,
  ): QuorumNode<G> {
    const node = new QuorumNode<G>({
      setup,
      id,
      machine,
      diskWeather,
      makeGuest: (host) => this.workload.makeGuest(host),
      onStarted: () => this.losses.started(node),
      onFailed: (error) => this.#failed(node, error),
    });
    return node;
  }

  #failed(node: QuorumNode, error: unknown): void {
    if (error instanceof RaftStorageError && this.losses.isRotten(node)) {
      this.replaceDisk(node); // what an operator would do
    } else if (!(error instanceof DiskError) || !this.#expectedErrors.get(node)?.has(error.code)) {
      const stack = error instanceof Error ? error.stack : undefined;
      this.violate("nodes do not fail", `${nameOf(node.key)}: ${stack ?? String(error)}`);
      return;
    }
    this.startLater(node);
  }
}
