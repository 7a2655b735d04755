import {
  type MemberKey,
  type RaftNode,
  type RaftStatus,
  SegmentedRaftStorage,
  type Voter,
} from "@millrace/raft";
import { InlineExecutor, type MaybePromise, type Random, silentLogger } from "@millrace/runtime";
import type { Observed } from "../checks/raft-observer.ts";
import { nameOf } from "../ledger/log-slot.ts";
import type { DiskWeather } from "../world/disk-weather.ts";
import type { Machine } from "../world/machine.ts";
import type { SimulatedProcess } from "../world/simulated-process.ts";
import type { Guest, GuestHost } from "./guest.ts";
import { ObservedStorage, readOpenedLog } from "./observed-storage.ts";
import { between } from "./quorum-plan.ts";
import type { QuorumSetup } from "./quorum-setup.ts";
import { SimulatedTransport } from "./simulated-transport.ts";

interface QuorumNodeOptions<G extends Guest> {
  readonly setup: QuorumSetup;
  readonly id: number;
  readonly machine: Machine;
  readonly diskWeather: DiskWeather;
  readonly makeGuest: (host: GuestHost) => G;
  /** It has read all of its disk, and runs. */
  readonly onStarted: () => void;
  /** Its process ended by itself, or could not start. */
  readonly onFailed: (error: unknown) => void;
}

/** What runs while a process does. */
interface Running<G extends Guest> {
  readonly process: SimulatedProcess;
  readonly guest: G;
  node: RaftNode | undefined;
}

const directory = "raft";

/** A node of a quorum on its machine: started, killed and started again, perhaps on another disk. */
export class QuorumNode<G extends Guest = Guest> {
  readonly id: number;
  readonly machine: Machine;
  readonly diskWeather: DiskWeather;
  readonly #options: QuorumNodeOptions<G>;
  readonly #random: Random;
  #disks = 1;
  #running: Running<G> | undefined;
  #isStopping = false;

  constructor(options: QuorumNodeOptions<G>) {
    this.#options = options;
    this.id = options.id;
    this.machine = options.machine;
    this.diskWeather = options.diskWeather;
    this.#random = options.setup.world.random.fork(`state machine ${options.id}`);
  }

  /** Of the disk that it has now. */
  get key(): MemberKey {
    return { id: this.id, directoryId: `d${this.#disks}` };
  }

  get voter(): Voter {
    return { ...this.key, endpoint: { host: this.machine.name, port: 1 } };
  }

  /** A process is there, though it may be stalled or starting. */
  get isUp(): boolean {
    return this.#running !== undefined;
  }

  get node(): RaftNode | undefined {
    return this.#running?.node;
  }

  get guest(): G | undefined {
    return this.#running?.guest;
  }

  start(): void {
    const { world } = this.#options.setup;
    const process = this.machine.start();
    const running: Running<G> = { process, guest: this.#makeGuest(process), node: undefined };
    this.#running = running;
    this.#isStopping = false;
    world.note(`${process.name} starts as ${nameOf(this.key)}`);
    this.#open(running).catch((error: unknown) => this.#failed(running, error));
  }

  /** The process is killed; the machine goes on, and its port refuses. */
  kill(): void {
    this.#end("killed");
    this.machine.kill();
    this.#options.setup.network.close(this.machine.name);
  }

  cutPower(): void {
    this.#end("without power");
    this.machine.cutPower();
    this.#options.setup.network.powerOff(this.machine.name);
  }

  /** Comes back as another member. */
  replaceDisk(): void {
    const { watch, planted, network } = this.#options.setup;
    this.#end("without its disk");
    watch.wiped?.(this.key);
    this.machine.replaceDisk();
    network.close(this.machine.name);
    if (!planted.keepsDirectoryId) this.#disks += 1;
  }

  /** As on SIGTERM; `onFailed` is not called. */
  stop(onStopped: () => void): void {
    const running = this.#running;
    if (running?.node === undefined || this.#isStopping) return;
    this.#isStopping = true;
    this.#options.setup.world.note(`${running.process.name} is to stop`);
    running.guest.stop().then(
      () => {
        if (this.#running !== running) return;
        this.kill();
        onStopped();
      },
      (error: unknown) => this.#failed(running, error),
    );
  }

  async #open(running: Running<G>): Promise<void> {
    const { setup } = this.#options;
    const { process } = running;
    const member = this.key;
    const at: Observed = { member, status: () => running.node?.status ?? this.#notYet() };
    const segments = await SegmentedRaftStorage.open(this.machine.disk, directory, {
      segmentBytes: setup.segmentBytes,
    });
    const stored = setup.planted.storage?.(segments) ?? segments;
    setup.watch.opened?.(member, await readOpenedLog(stored));
    const clock = this.machine.clockOf(process);
    const { network, watch, bootstrapVoters, timing, limits, planted } = setup;
    const node = await running.guest.open({
      self: member,
      endpoint: this.voter.endpoint,
      contacts: setup.contacts,
      bootstrapVoters,
      storage: new ObservedStorage(stored, { process, at, watch }),
      transport: new SimulatedTransport({ network, host: this.machine.name, process, at, watch }),
      runtime: {
        clocks: { liveness: clock, domain: clock },
        random: setup.world.random.fork(process.name),
        executor: new InlineExecutor(),
        logger: silentLogger,
        fail: (error) => this.#failed(running, error),
      },
      timing,
      limits,
      ...(planted.rules && { rules: planted.rules }),
    });
    running.node = node;
    this.#options.onStarted();
    node.onRoleChange((status) => this.#roleChanged(process, status));
    this.#roleChanged(process, node.status);
  }

  #roleChanged(process: SimulatedProcess, status: RaftStatus): void {
    const { world, watch } = this.#options.setup;
    const voters = status.voters.map(nameOf).join(" ");
    world.note(`${process.name} ${status.role} t${status.term} leader ${status.leaderId} voters ${voters}`);
    watch.roleChanged?.(this.key, status);
  }

  #makeGuest(process: SimulatedProcess): G {
    const { setup, makeGuest } = this.#options;
    const at: Observed = { member: this.key, status: () => this.#running?.node?.status ?? this.#notYet() };
    return makeGuest({
      member: at.member,
      host: this.machine.name,
      process,
      applied: (entries) => {
        if (!process.hasEnded) setup.watch.applied?.(at, entries);
      },
      restored: (snapshot, chain) => setup.watch.restored?.(at.member, snapshot, chain),
      pause: () => this.#pause(process),
    });
  }

  /** What a slow state machine takes for a piece. */
  #pause(process: SimulatedProcess): MaybePromise<void> {
    const { applyMsMax, world } = this.#options.setup;
    if (applyMsMax === 0) return undefined;
    const delayMs = between(this.#random, 0, applyMsMax);
    return new Promise((resolve) => world.after(delayMs, () => process.enter(resolve)));
  }

  #failed(running: Running<G>, error: unknown): void {
    if (this.#running !== running) return;
    this.#options.setup.world.note(`${running.process.name} failed: ${String(error)}`);
    this.kill();
    this.#options.onFailed(error);
  }

  #end(how: string): void {
    if (this.#running !== undefined)
      this.#options.setup.world.note(`${this.#running.process.name} is ${how}`);
    this.#running = undefined;
  }

  /** A node says nothing of itself while it opens; it follows nobody then. */
  #notYet(): RaftStatus {
    return {
      role: "follower",
      term: 0,
      leaderId: undefined,
      leader: undefined,
      lastIndex: 0,
      commitIndex: 0,
      appliedIndex: 0,
      voters: this.#options.setup.bootstrapVoters,
      members: [],
    };
  }
}
