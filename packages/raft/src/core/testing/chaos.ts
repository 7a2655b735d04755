import { assert, randomBelow } from "@millrace/runtime";
import type { Entry, LogIndex, Term } from "../../entry.ts";
import type { SafetyRules } from "../safety-rules.ts";
import { CoreNetwork, testVoter } from "./core-network.ts";
import type { CoreNode } from "./core-node.ts";

interface PendingRead {
  readonly node: CoreNode;
  readonly token: number;
  /** It has to see this, or more. */
  readonly atLeast: LogIndex;
}

/**
 * Cores under random faults: messages lost, repeated and out of order, nodes that crash with what they had not written,
 * slow disks, snapshots, and voters that come and go. After each event it checks what Raft promises (paper, figure 3).
 */
export class Chaos {
  readonly network: CoreNetwork;
  readonly #leaderOfTerm = new Map<Term, string>();
  /** What any node ever applied, by index. */
  readonly #committed: string[] = [];
  readonly #checked = new Map<CoreNode, LogIndex>();
  #pendingReads: PendingRead[] = [];
  #nextToken = 0;
  #proposals = 0;
  reads = 0;

  constructor(seed: number, rules: Partial<SafetyRules> = {}) {
    const limits = { appendBytesMax: 12, inFlightMessagesMax: 3, tailBytesMax: 400, caughtUpEntriesMax: 5 };
    this.network = new CoreNetwork({ seed, voters: [1, 2, 3], limits, rules, routesByMembers: true });
    for (const id of [4, 5]) this.network.start(id);
  }

  get committed(): number {
    return this.#committed.length;
  }

  run(events: number): void {
    for (let i = 0; i < events; i++) {
      this.#event();
      this.#check();
    }
  }

  /** Everyone is up and connected: within a bounded time there is a leader, and it commits. */
  heal(): void {
    const { network } = this;
    network.heal();
    for (const node of network.nodes.values()) node.holdsWrites = false;
    for (const node of network.nodes.values()) node.pump();
    const text = "after all";
    for (let tick = 0; tick < 400; tick++) {
      network.tick();
      this.#check();
      if (tick % 50 === 49) network.leaders().at(-1)?.propose(text);
      const voters = [...network.nodes.values()].filter(({ core }) => core.isVoter);
      if (voters.length > 0 && voters.every(({ state }) => state.at(-1)?.endsWith(text))) return;
    }
    throw new Error("a healed quorum made no progress");
  }

  #event(): void {
    const { network } = this;
    const node = this.#any([...network.nodes.values()]);
    const kind = this.#below(1_000);
    if (kind < 450) this.#deliverOne();
    else if (kind < 700) node.step({ type: "tick" });
    else if (kind < 780) node.write();
    else if (kind < 880) this.#propose();
    else if (kind < 920) this.#read(node);
    else if (kind < 935) this.#crash(node);
    else if (kind < 945) node.compact();
    else if (kind < 955) this.#changeVoters();
    else if (kind < 960) network.leaders()[0]?.core.transferLeadership();
    else if (kind < 965) this.#refuse(node);
    else if (kind < 970) this.#partition();
    else if (kind < 990) network.heal();
    else node.holdsWrites = !node.holdsWrites;
    node.pump();
  }

  #deliverOne(): void {
    const { messages } = this.network;
    if (messages.length === 0) return;
    const at = this.#below(Math.min(messages.length, 8));
    const [message] = this.#below(20) === 0 ? [messages[at]] : messages.splice(at, 1);
    if (message !== undefined && this.#below(20) > 0) this.network.deliver(message);
    if (messages.length > 300) messages.splice(0, 100);
  }

  #propose(): void {
    const [leader] = this.network.leaders();
    leader?.propose(`p${this.#proposals++}`);
  }

  #read(node: CoreNode): void {
    const token = this.#nextToken++;
    const atLeast = this.committed;
    if (node.core.readIndex(token)) this.#pendingReads.push({ node, token, atLeast });
  }

  #crash(node: CoreNode): void {
    for (let i = this.#below(3); i > 0; i--) node.write();
    this.#pendingReads = this.#pendingReads.filter((read) => read.node !== node);
    this.network.restart(node.voter.id);
  }

  #changeVoters(): void {
    const leader = this.network.leaders().at(-1);
    if (leader === undefined) return;
    const voter = testVoter(1 + this.#below(5));
    const isIn = leader.core.voters.some(({ id }) => id === voter.id);
    if (isIn && leader.core.voters.length < 3) return;
    leader.core.changeVoters(isIn ? { type: "remove", member: voter } : { type: "add", voter });
    leader.pump();
  }

  #refuse(node: CoreNode): void {
    const { leader, term } = node.core;
    if (leader === undefined) return;
    node.step({ type: "leaderRefused", leader });
    node.step({ type: "campaignNow", term });
  }

  #partition(): void {
    const ids = [...this.network.nodes.keys()];
    const group = ids.filter(() => this.#below(2) === 0);
    this.network.partition(
      group,
      ids.filter((id) => !group.includes(id)),
    );
  }

  #check(): void {
    for (const node of this.network.nodes.values()) {
      this.#checkLeader(node);
      this.#checkApplied(node);
    }
    this.#checkReads();
  }

  /** Election safety, and leader completeness: a new leader has everything that was ever committed. */
  #checkLeader({ core, voter, disk }: CoreNode): void {
    if (core.role.name !== "leader") return;
    const name = `${voter.id}/${voter.directoryId}`;
    const known = this.#leaderOfTerm.get(core.term);
    assert(known === undefined || known === name, "two leaders in one term");
    if (known !== undefined) return;
    this.#leaderOfTerm.set(core.term, name);
    for (let index = 1; index <= this.committed; index++) {
      const term = core.termAt(index);
      if (term === undefined)
        assert(index <= (disk.snapshot?.id.index ?? 0), "a leader lacks what was committed");
      else assert(this.#committed[index - 1]?.startsWith(`${term} `) === true, "a leader has something else");
    }
  }

  /** State machine safety: no two nodes ever apply different entries at one index. */
  #checkApplied(node: CoreNode): void {
    const from = this.#checked.get(node) ?? 0;
    if (node.appliedIndex === from) return;
    this.#checked.set(node, node.appliedIndex);
    const entries = node.core.recentEntries(from + 1, node.appliedIndex, Infinity) ?? [];
    for (const entry of [...node.disk.read(from + 1, node.appliedIndex), ...entries]) this.#checkEntry(entry);
    const own = this.#committed.slice(0, node.appliedIndex).map((text, i) => `${i + 1}/${text}`);
    const data = own.filter((text) => text.includes(" p") || text.includes(" after"));
    assert(data.join("\n") === node.state.join("\n"), "a state machine differs from what was committed");
  }

  #checkEntry({ index, term, kind, payload }: Entry): void {
    const text = `${term} ${kind === "data" ? Buffer.from(payload).toString() : kind}`;
    const known = this.#committed[index - 1];
    if (known === undefined) {
      assert(index === this.committed + 1, "a gap in what is committed");
      this.#committed.push(text);
    } else assert(known === text, "two entries committed at one index");
  }

  #checkReads(): void {
    this.#pendingReads = this.#pendingReads.filter(({ node, token, atLeast }) => {
      const answer = node.reads.find((read) => read.token === token);
      if (answer?.index !== undefined) {
        assert(answer.index >= atLeast, "a stale read");
        this.reads++;
      }
      return answer === undefined;
    });
  }

  #any<T>(items: readonly T[]): T {
    const item = items[this.#below(items.length)];
    assert(item !== undefined, "nothing to choose from");
    return item;
  }

  #below(limit: number): number {
    return randomBelow(this.network.random, limit);
  }
}
