import type { ConfirmedRead } from "../core/effects.ts";
import type { RaftCore } from "../core/raft-core.ts";
import type { LogIndex } from "../entry.ts";
import { RaftError } from "../raft-error.ts";
import type { CoreAccess } from "./core-driver.ts";
import { notLeader } from "./not-leader.ts";
import { Waiters } from "./waiters.ts";

/** Reads that callers of this node wait for: until a leader confirmed them, then until this node has applied as much. */
export class OwnReads {
  readonly #core: RaftCore;
  readonly #access: CoreAccess;
  readonly #pendingMax: number;
  readonly #toConfirm = new Map<number, PromiseWithResolvers<LogIndex>>();
  readonly #toApply = new Waiters();
  #pending = 0;
  #nextToken = 0;
  #appliedIndex: LogIndex;

  constructor(core: RaftCore, access: CoreAccess, pendingMax: number) {
    this.#core = core;
    this.#access = access;
    this.#pendingMax = pendingMax;
    this.#appliedIndex = core.commitIndex;
  }

  async readIndex(): Promise<LogIndex> {
    if (this.#pending >= this.#pendingMax) throw new RaftError("PENDING_FULL");
    const token = this.#nextToken++;
    if (!this.#access.ask((core) => core.readIndex(token))) throw notLeader(this.#core);
    const confirmed = Promise.withResolvers<LogIndex>();
    this.#toConfirm.set(token, confirmed);
    this.#pending++;
    try {
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
