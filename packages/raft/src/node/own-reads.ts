import type { ConfirmedRead } from "../core/effects.ts";
import type { RaftCore } from "../core/raft-core.ts";
import type { LogIndex } from "../entry.ts";
import { RaftError } from "../raft-error.ts";
import { notLeader } from "./not-leader.ts";
import { Waiters } from "./waiters.ts";

/** Reads that callers of this node wait for: until a leader confirmed them, then until this node has applied as much. */
export class OwnReads {
  readonly #core: RaftCore;
  readonly #pendingMax: number;
  readonly #toConfirm = new Map<number, PromiseWithResolvers<LogIndex>>();
  readonly #toApply = new Waiters();
  #pending = 0;
  #nextToken = 0;
  #appliedIndex: LogIndex;

  constructor(core: RaftCore, pendingMax: number) {
    this.#core = core;
    this.#pendingMax = pendingMax;
    this.#appliedIndex = core.commitIndex;
  }

  /** `asked` is called once the core has something to do for it. */
  async readIndex(asked: () => void): Promise<LogIndex> {
    if (this.#pending >= this.#pendingMax) throw new RaftError("PENDING_FULL");
    const token = this.#nextToken++;
    if (!this.#core.readIndex(token)) throw notLeader(this.#core);
    const confirmed = Promise.withResolvers<LogIndex>();
    this.#toConfirm.set(token, confirmed);
    this.#pending++;
    try {
      asked();
      const index = await confirmed.promise;
      if (index > this.#appliedIndex) await this.#toApply.until(index);
      return index;
    } finally {
      this.#pending--;
    }
  }

  confirmed({ token, index }: ConfirmedRead): void {
    const read = this.#toConfirm.get(token);
    this.#toConfirm.delete(token);
    if (index === undefined) read?.reject(notLeader(this.#core));
    else read?.resolve(index);
  }

  applied(index: LogIndex): void {
    this.#appliedIndex = index;
    this.#toApply.applied(index);
  }

  end(error: RaftError): void {
    this.#toApply.fail(error);
    for (const { reject } of this.#toConfirm.values()) reject(error);
    this.#toConfirm.clear();
  }
}
