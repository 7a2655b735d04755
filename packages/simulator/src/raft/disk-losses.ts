import type { Ledger } from "../ledger/ledger.ts";
import { nameOf } from "../ledger/log-slot.ts";
import type { QuorumNode } from "./quorum-node.ts";

/** Which disks are gone or going: a quorum survives only so many. */
export class DiskLosses {
  readonly #ledger: Ledger;
  readonly #nodes: () => readonly QuorumNode[];
  /** With the number of processes that had been started there when the damage came. */
  readonly #rotten = new Map<QuorumNode, number>();

  constructor(ledger: Ledger, nodes: () => readonly QuorumNode[]) {
    this.#ledger = ledger;
    this.#nodes = nodes;
  }

  /** Its disk has damage that it must find, and then not start from. */
  rotted(node: QuorumNode): void {
    this.#rotten.set(node, node.machine.started);
  }

  isRotten(node: QuorumNode): boolean {
    return this.#rotten.has(node);
  }

  replaced(node: QuorumNode): void {
    this.#rotten.delete(node);
  }

  /** A start reads everything: damage of before it went with a file that was not needed any more. */
  started(node: QuorumNode): void {
    const rottenSince = this.#rotten.get(node) ?? Number.POSITIVE_INFINITY;
    if (rottenSince < node.machine.started) this.#rotten.delete(node);
  }

  /**
   * Whether the quorum can do without this disk: in every voter set that may be in force, the voters whose disks are gone
   * stay a minority. Raft promises nothing beyond that.
   */
  canLose(node: QuorumNode): boolean {
    const nodes = this.#nodes();
    const left = nodes.filter((other) => other !== node && !this.isRotten(other));
    const alive = new Set(left.map(({ key }) => nameOf(key)));
    // Those on disks, and those that a leader has decided on and not written yet.
    const { logs, committed, bootstrap } = this.#ledger;
    const onDisks = [...logs].flatMap((log) => log.newestVoters().slice(0, 2));
    const atFirst = committed.lastIndex === 0 ? [{ voters: bootstrap }] : [];
    const sets = [
      ...atFirst,
      ...onDisks,
      ...nodes.map(({ node: raft }) => ({ voters: raft?.status.voters ?? [] })),
    ];
    return sets.every(({ voters }) => {
      const keep = voters.filter((voter) => alive.has(nameOf(voter)));
      return voters.length === 0 || keep.length > voters.length / 2;
    });
  }
}
