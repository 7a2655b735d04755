import { assert, createSimulatedRuntime, SimulatedClock, type SimulatedRuntime } from "@millrace/runtime";
import type { Voter } from "../entry.ts";
import type { Message, RaftTransport } from "../message.ts";
import { RaftNode } from "../node/raft-node.ts";
import type { RaftNodeOptions } from "../node/raft-node-options.ts";
import { MemoryRaftStorage } from "../storage/memory-raft-storage.ts";
import type { RaftStorage } from "../storage/raft-storage.ts";
import { MemoryRaftNetwork } from "../transport/memory-raft-network.ts";
import { TextMachine } from "./text-machine.ts";

export interface TestMember {
  readonly voter: Voter;
  readonly node: RaftNode;
  readonly machine: TextMachine;
  readonly storage: RaftStorage;
  readonly runtime: SimulatedRuntime;
}

export function memberVoter(id: number, directoryId = `disk-${id}`): Voter {
  return { id, directoryId, endpoint: { host: "node", port: id } };
}

/** Nodes of one process on one simulated clock; messages take a millisecond. */
export class TestQuorum {
  readonly clock = new SimulatedClock();
  readonly members = new Map<number, TestMember>();
  /** Messages for which it says so are lost. */
  loses: (message: Message) => boolean = () => false;
  readonly #network: MemoryRaftNetwork;
  readonly #transports = new Map<number, RaftTransport>();
  readonly #voters: readonly Voter[];
  readonly #options: Partial<RaftNodeOptions>;

  private constructor(voterIds: readonly number[], options: Partial<RaftNodeOptions>) {
    this.#voters = voterIds.map((id) => memberVoter(id));
    this.#options = options;
    this.#network = new MemoryRaftNetwork({
      deliver: (message, run) => {
        if (!this.loses(message)) this.clock.setTimer(1, run);
      },
    });
  }

  static async start(
    voterIds: readonly number[],
    options: Partial<RaftNodeOptions> = {},
  ): Promise<TestQuorum> {
    const quorum = new TestQuorum(voterIds, options);
    for (const id of voterIds) await quorum.open(id);
    return quorum;
  }

  async open(
    id: number,
    storage: RaftStorage = new MemoryRaftStorage(),
    directoryId?: string,
  ): Promise<TestMember> {
    const voter = memberVoter(id, directoryId);
    const machine = new TextMachine();
    const runtime = createSimulatedRuntime({ clock: this.clock, seed: `${id} ${this.clock.monotonicMs()}` });
    const transport = this.#network.transport(voter);
    this.#transports.set(id, transport);
    const node = await RaftNode.open({
      self: voter,
      endpoint: voter.endpoint,
      contacts: this.#voters.map(({ endpoint }) => endpoint),
      bootstrapVoters: this.#voters,
      storage,
      stateMachine: machine,
      transport,
      runtime,
      ...this.#options,
    });
    const member = { voter, node, machine, storage, runtime };
    this.members.set(id, member);
    return member;
  }

  member(id: number): TestMember {
    const member = this.members.get(id);
    assert(member !== undefined, "no such member");
    return member;
  }

  /** Lets time pass, a millisecond at a time, and everything that follows from each. */
  async pass(ms: number): Promise<void> {
    for (let i = 0; i < ms; i++) {
      await turn();
      this.clock.advance(1);
    }
    await turn();
  }

  async until(condition: () => boolean, msMax = 5_000): Promise<number> {
    for (let ms = 0; ms <= msMax; ms++) {
      await turn();
      if (condition()) return ms;
      this.clock.advance(1);
    }
    throw new Error("it never came to that");
  }

  /** The one that leads in the latest term. */
  async leader(): Promise<TestMember> {
    await this.until(() => this.#leading() !== undefined);
    const leader = this.#leading();
    assert(leader !== undefined, "no leader");
    return leader;
  }

  /** Time passes while `work` is under way. */
  async during<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = (): void => {
      isDone = true;
    };
    void work.then(done, done);
    await this.until(() => isDone, 60_000);
    return work;
  }

  /** As if its process was killed: its port refuses, and nothing of it is heard again. */
  async kill(id: number): Promise<TestMember> {
    const member = this.member(id);
    this.members.delete(id);
    await this.#transports.get(id)?.close();
    return member;
  }

  isolate(...ids: readonly number[]): void {
    this.loses = ({ from, to }) => ids.includes(from.id) !== ids.includes(to.id);
  }

  heal(): void {
    this.loses = () => false;
  }

  async stop(): Promise<void> {
    for (const { node, runtime } of this.members.values()) {
      await this.during(node.stop());
      assert(runtime.failures.length === 0, "a node failed");
    }
  }

  #leading(): TestMember | undefined {
    const leading = [...this.members.values()].filter(({ node }) => node.status.role === "leader");
    return leading.sort((a, b) => b.node.status.term - a.node.status.term)[0];
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
