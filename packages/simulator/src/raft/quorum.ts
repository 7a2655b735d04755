import { type Message, RaftStorageError, type Voter } from "@millrace/raft";
import { DiskError, type DiskErrorCode, type Random } from "@millrace/runtime";
import { makeCheckers } from "../checks/make-checkers.ts";
import type { RaftObserver } from "../checks/raft-observer.ts";
import { RaftWatch } from "../checks/raft-watch.ts";
import { Ledger } from "../ledger/ledger.ts";
import { nameOf } from "../ledger/log-slot.ts";
import { RegisterHistory } from "../linearizability/register-history.ts";
import type { RegisterOutput } from "../linearizability/register-model.ts";
import { SimulatedNetwork } from "../network/simulated-network.ts";
import { diskFaults } from "../world/disk-weather.ts";
import { Machine } from "../world/machine.ts";
import { Violation } from "../world/violation.ts";
import type { World } from "../world/world.ts";
import { Client } from "./client.ts";
import { describeMessage } from "./describe-message.ts";
import { type PlantedBug, QuorumNode, type QuorumSetup } from "./quorum-node.ts";
import { between, type QuorumPlan } from "./quorum-plan.ts";

const restartMsMax = 1_000;

/** A quorum in a world: its machines, nodes and clients, under every checker. */
export class Quorum {
  readonly world: World;
  readonly plan: QuorumPlan;
  readonly network: SimulatedNetwork<Message>;
  readonly ledger: Ledger;
  readonly nodes: readonly QuorumNode[];
  readonly clients: readonly Client[];
  readonly history: RegisterHistory;
  /** Disk errors that were brought about, by machine: anything else is a bug. */
  readonly #expectedErrors = new Map<QuorumNode, Set<DiskErrorCode>>();
  /** With the number of processes that had been started there when the damage came. */
  readonly #rotten = new Map<QuorumNode, number>();
  readonly #outputs = new Map<string, RegisterOutput>();
  readonly #random: Random;

  constructor(world: World, plan: QuorumPlan, planted: PlantedBug = {}) {
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
    const watch = this.#watch();
    const setup: QuorumSetup = {
      world,
      network: this.network,
      watch,
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
    this.history = new RegisterHistory({
      registers: plan.registers,
      operationsMax: 40,
      lostMax: 4,
      violate: (message) => this.#violate("linearizable", message),
    });
    this.clients = Array.from({ length: plan.clients }, (_, i) => this.#makeClient(i + 1, watch));
  }

  start(): void {
    for (const node of this.nodes) this.world.after(this.#random.fraction() * 10, () => node.start());
    for (const client of this.clients) client.start();
  }

  /** The node that leads and runs, as far as it knows. */
  leader(): QuorumNode | undefined {
    let best: QuorumNode | undefined;
    let bestTerm = -1;
    for (const node of this.nodes) {
      const status = node.node?.status;
      if (status?.role !== "leader" || status.term <= bestTerm || !node.machine.process?.isRunning) continue;
      best = node;
      bestTerm = status.term;
    }
    return best;
  }

  startLater(node: QuorumNode, withinMs = restartMsMax): void {
    this.world.after(between(this.#random, 1, withinMs), () => {
      if (!node.isUp) node.start();
    });
  }

  expectDiskError(node: QuorumNode, code: DiskErrorCode): void {
    const expected = this.#expectedErrors.get(node) ?? new Set();
    this.#expectedErrors.set(node, expected.add(code));
  }

  /** Its disk has damage that it must find, and then not start from. */
  rotted(node: QuorumNode): void {
    this.#rotten.set(node, node.machine.started);
  }

  isRotten(node: QuorumNode): boolean {
    return this.#rotten.has(node);
  }

  replaceDisk(node: QuorumNode): void {
    this.#rotten.delete(node);
    node.replaceDisk();
  }

  /**
   * Whether the quorum can do without this disk: in every voter set that may be in force, the voters whose disks are gone
   * stay a minority. Raft promises nothing beyond that.
   */
  canLoseDisk(node: QuorumNode): boolean {
    const alive = new Set(
      this.nodes.filter((n) => n !== node && !this.#rotten.has(n)).map(({ key }) => nameOf(key)),
    );
    // Those on disks, and those that a leader has decided on and not written yet.
    const onDisks = [...this.ledger.logs].flatMap((log) => log.newestVoters().slice(0, 2));
    const sets = [...onDisks, ...this.nodes.map(({ node: raft }) => ({ voters: raft?.status.voters ?? [] }))];
    return sets.every(({ voters }) => {
      const left = voters.filter((voter) => alive.has(nameOf(voter)));
      return voters.length === 0 || left.length > voters.length / 2;
    });
  }

  /** Everyone is up, and as many vote as planned, all of them on disks that are there. */
  isWhole(): boolean {
    const { voters } = this.leader()?.node?.status ?? {};
    const alive = new Set(this.nodes.filter(({ isUp }) => isUp).map(({ key }) => nameOf(key)));
    if (alive.size < this.nodes.length || voters?.length !== this.plan.voters) return false;
    return voters.every((voter) => alive.has(nameOf(voter)));
  }

  /** Everyone has applied all that the leader has. */
  agrees(): boolean {
    const lastIndex = this.leader()?.node?.status.lastIndex;
    return this.nodes.every(({ node }) => node?.status.appliedIndex === lastIndex);
  }

  /** For whoever looks into a run that came to a halt. */
  describe(): string {
    const open = this.clients.filter(({ isIdle }) => !isIdle).length;
    const lines = this.nodes.map(({ key, node, machine }) => {
      if (node === undefined)
        return `${nameOf(key)} is ${machine.process === undefined ? "down" : "starting"}`;
      const { role, term, leaderId, lastIndex, commitIndex, appliedIndex, voters } = node.status;
      const log = `last ${lastIndex}, commit ${commitIndex}, applied ${appliedIndex}`;
      return `${nameOf(key)} ${role} t${term}, leader ${leaderId}, ${log}, voters ${voters.map(nameOf).join(" ")}`;
    });
    return [...lines, `${open} calls are open`].join("\n");
  }

  violate(check: string, message: string): void {
    this.#violate(check, message);
  }

  #violate(check: string, message: string): void {
    this.world.violate(new Violation(check, message));
  }

  #watch(): RaftObserver {
    const ticksMs = this.plan.timing.tickMs ?? 20;
    const checkers = makeCheckers({
      ledger: this.ledger,
      violate: (check, message) => this.#violate(check, message),
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
  ): QuorumNode {
    const node = new QuorumNode({
      setup,
      id,
      machine,
      diskWeather,
      onOutput: (command, output) => this.#outputs.set(command.id, output),
      onStarted: () => this.#started(node),
      onFailed: (error) => this.#failed(node, error),
    });
    return node;
  }

  /** Every other one mostly reads: a leader that is cut off keeps whoever writes waiting, and might fool who reads. */
  #makeClient(id: number, watch: RaftObserver): Client {
    const { habits } = this.plan;
    return new Client({
      name: `c${id}`,
      world: this.world,
      watch,
      history: this.history,
      habits: id % 2 === 0 ? { ...habits, readRate: 0.9 } : habits,
      nodes: () => this.nodes,
      leader: () => this.leader(),
      takeOutput: (id) => {
        const output = this.#outputs.get(id);
        this.#outputs.delete(id);
        return output;
      },
    });
  }

  /** A start reads everything: damage of before it went with a file that was not needed any more. */
  #started(node: QuorumNode): void {
    if ((this.#rotten.get(node) ?? Number.POSITIVE_INFINITY) < node.machine.started)
      this.#rotten.delete(node);
  }

  #failed(node: QuorumNode, error: unknown): void {
    if (error instanceof RaftStorageError && this.#rotten.has(node)) {
      this.replaceDisk(node); // what an operator would do
    } else if (!(error instanceof DiskError) || !this.#expectedErrors.get(node)?.has(error.code)) {
      const stack = error instanceof Error ? error.stack : undefined;
      this.#violate("nodes do not fail", `${nameOf(node.key)}: ${stack ?? String(error)}`);
      return;
    }
    this.startLater(node);
  }
}
