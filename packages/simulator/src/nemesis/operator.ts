import { type MemberKey, RaftError, type RaftNode, type RaftStatus, type Voter } from "@millrace/raft";
import { randomBelow, type SeededRandom } from "@millrace/runtime";
import { nameOf } from "../ledger/log-slot.ts";
import type { Quorum } from "../raft/quorum.ts";

/** Looks after the voter set, as an operator with a script would: takes out who is gone for good, and lets others in. */
export class Operator {
  readonly #quorum: Quorum;
  readonly #random: SeededRandom;
  /** Leaders that were asked to hand over, until they did or gave up. */
  readonly #handingOver = new Set<RaftNode>();
  /** How many voters there should be. */
  #votersWanted: number;

  constructor(quorum: Quorum) {
    this.#quorum = quorum;
    this.#random = quorum.world.random.fork("operator");
    this.#votersWanted = quorum.plan.voters;
  }

  /** Wants another number of voters from now on, and sometimes a healthy one out. */
  changeItsMind(): void {
    const { nodes, world } = this.#quorum;
    this.#votersWanted = 1 + randomBelow(this.#random, nodes.length);
    world.note(`${this.#votersWanted} voters are wanted`);
  }

  wantAsPlanned(): void {
    this.#votersWanted = this.#quorum.plan.voters;
  }

  /** One step towards it, if somebody leads. */
  act(): void {
    const leader = this.#quorum.leader();
    const { node } = leader ?? {};
    if (leader === undefined || node === undefined) return;
    leader.machine.process?.enter(() => this.#change(node, node.status));
  }

  /** Asks the leader to hand over, to anybody or to a voter of its choice. */
  transfer(): void {
    const { node, machine } = this.#quorum.leader() ?? {};
    if (node === undefined) return;
    const { voters } = node.status;
    const target =
      this.#random.fraction() < 0.5 ? undefined : voters[randomBelow(this.#random, voters.length)];
    this.#quorum.world.note(`transfer to ${target === undefined ? "anyone" : nameOf(target)}`);
    this.#handingOver.add(node);
    const over = (): boolean => this.#handingOver.delete(node);
    machine?.process?.enter(() => void node.transferLeadership(target).then(over, over));
  }

  /** What was asked for before faults stopped may come after: a target has to catch up first. */
  get isHandingOver(): boolean {
    return this.#quorum.nodes.some(({ node }) => node !== undefined && this.#handingOver.has(node));
  }

  #change(node: RaftNode, { voters, members }: RaftStatus): void {
    const dead = voters.find((voter) => !this.#isAlive(voter));
    const learner = members.find((member) => !member.isVoter && this.#isAlive(member));
    if (dead !== undefined) this.#ask(`remove ${nameOf(dead)}`, node.removeVoter(dead));
    else if (voters.length > this.#votersWanted) {
      const member = voters[randomBelow(this.#random, voters.length)] as Voter;
      this.#ask(`remove ${nameOf(member)}`, node.removeVoter(member));
    } else if (voters.length < this.#votersWanted && learner !== undefined) {
      const { id, directoryId, endpoint } = learner;
      this.#ask(`add ${nameOf(learner)}`, node.addVoter({ id, directoryId, endpoint }));
    }
  }

  #ask(what: string, done: Promise<unknown>): void {
    const { world } = this.#quorum;
    world.note(`operator: ${what}`);
    done.then(
      () => world.note(`operator: ${what} done`),
      (error: unknown) =>
        world.note(`operator: ${what} ${error instanceof RaftError ? error.code : String(error)}`),
    );
  }

  /** On a disk that is there, and that no damage will keep from being read at the next start. */
  #isAlive(member: MemberKey): boolean {
    return this.#quorum.nodes.some(
      (node) => nameOf(node.key) === nameOf(member) && !this.#quorum.losses.isRotten(node),
    );
  }
}
