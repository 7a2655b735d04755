import { assert, SeededRandom } from "@millrace/runtime";
import type { Endpoint, Voter } from "../../entry.ts";
import { sameMember } from "../../member-key.ts";
import type { Message } from "../../message.ts";
import type { RaftCoreLimits } from "../raft-core-options.ts";
import type { SafetyRules } from "../safety-rules.ts";
import type { CoreDisk } from "./core-disk.ts";
import { CoreNode, type CoreNodeWorld } from "./core-node.ts";

export interface CoreNetworkOptions {
  readonly seed?: number | string;
  /** Ids of the first voters. */
  readonly voters: readonly number[];
  readonly limits?: Partial<RaftCoreLimits>;
  readonly rules?: Partial<SafetyRules>;
  /** As transports do, it drops what is for someone that the sender's core did not name as a member. */
  readonly routesByMembers?: boolean;
}

export function testVoter(id: number, directoryId = `disk-${id}`): Voter {
  return { id, directoryId, endpoint: { host: "node", port: id } };
}

/** Cores and the messages between them, all in one thread: nothing happens that a test does not ask for. */
export class CoreNetwork implements CoreNodeWorld {
  readonly nodes = new Map<number, CoreNode>();
  /** On their way. */
  messages: Message[] = [];
  /** Messages for which it says so are lost. */
  loses: (message: Message) => boolean = () => false;
  readonly random: SeededRandom;
  readonly #options: CoreNetworkOptions;

  constructor(options: CoreNetworkOptions) {
    this.#options = options;
    this.random = new SeededRandom(options.seed ?? 1);
    for (const id of options.voters) this.start(id);
  }

  node(id: number): CoreNode {
    const node = this.nodes.get(id);
    assert(node !== undefined, "no such node");
    return node;
  }

  /** A new node, or one that comes back with what it has on its disk. */
  start(id: number, disk?: CoreDisk, directoryId?: string): CoreNode {
    const voter = testVoter(id, directoryId);
    const contacts = this.#options.voters.map((other) => testVoter(other).endpoint);
    const { limits, rules, voters } = this.#options;
    const options = {
      bootstrapVoters: voters.map((other) => testVoter(other)),
      contacts,
      electionTicks: 10,
      heartbeatTicks: 2,
      ...(limits && { limits }),
      ...(rules && { rules }),
    };
    const random = this.random.fork(`${id} ${this.nodes.size} ${this.random.uint32()}`);
    const node = new CoreNode(voter, this, random, options, disk);
    this.nodes.set(id, node);
    return node;
  }

  /** What was not written is lost. */
  restart(id: number): CoreNode {
    const { disk, voter } = this.node(id);
    return this.start(id, disk, voter.directoryId);
  }

  stop(id: number): CoreNode {
    const node = this.node(id);
    this.nodes.delete(id);
    return node;
  }

  send(messages: readonly Message[]): void {
    for (const message of messages) {
      if (!this.loses(message) && this.#hasRoute(message)) this.messages.push(message);
    }
  }

  #hasRoute({ from, to, type }: Message): boolean {
    if (this.#options.routesByMembers !== true || type.startsWith("join")) return true;
    return this.nodes.get(from.id)?.members.some((member) => sameMember(member, to)) ?? false;
  }

  contact({ port }: Endpoint, message: Message): void {
    if (this.nodes.has(port)) this.send([{ ...message, to: this.node(port).voter }]);
  }

  deliver(message: Message): void {
    const node = this.nodes.get(message.to.id);
    if (node !== undefined && sameMember(node.voter, message.to)) node.step({ type: "message", message });
  }

  /** Delivers all that is on its way, and what follows from it. */
  settle(): void {
    for (let message = this.messages.shift(); message !== undefined; message = this.messages.shift()) {
      this.deliver(message);
    }
  }

  /** Ticks everyone, in the order of their start, and delivers what comes of it. */
  tick(count = 1): void {
    for (let i = 0; i < count; i++) {
      for (const node of this.nodes.values()) node.step({ type: "tick" });
      this.settle();
    }
  }

  /** Makes `id` the leader by its own campaign. */
  elect(id: number): CoreNode {
    const node = this.node(id);
    for (let i = 0; node.core.role.name !== "leader"; i++) {
      assert(i < 200, "nobody was elected");
      node.step({ type: "tick" });
      this.settle();
    }
    this.tick(2);
    return node;
  }

  /** Loses everything between the two groups, until `heal`. */
  partition(...groups: readonly (readonly number[])[]): void {
    const groupOf = (id: number): number => groups.findIndex((group) => group.includes(id));
    this.loses = ({ from, to }) => groupOf(from.id) !== groupOf(to.id);
    this.messages = this.messages.filter((message) => !this.loses(message));
  }

  heal(): void {
    this.loses = () => false;
  }

  leaders(): readonly CoreNode[] {
    return [...this.nodes.values()].filter(({ core }) => core.role.name === "leader");
  }
}
