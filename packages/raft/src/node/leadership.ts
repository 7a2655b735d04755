import type { RaftCore } from "../core/raft-core.ts";
import type { MemberKey } from "../entry.ts";
import { RaftError } from "../raft-error.ts";
import type { CoreAccess } from "./core-driver.ts";
import type { RaftStatus } from "./raft-node-options.ts";

/** Everybody who waits for this node to lead, or to lead no longer, or wants to hear of either. */
export class Leadership {
  readonly #core: RaftCore;
  readonly #access: CoreAccess;
  readonly #listeners = new Set<(status: RaftStatus) => void>();
  #untilLeading: PromiseWithResolvers<void>[] = [];
  #transfer: PromiseWithResolvers<void> | undefined;

  constructor(core: RaftCore, access: CoreAccess) {
    this.#core = core;
    this.#access = access;
  }

  untilLeading(): Promise<void> {
    if (this.#core.role.name === "leader") return Promise.resolve();
    const leading = Promise.withResolvers<void>();
    this.#untilLeading.push(leading);
    return leading.promise;
  }

  onRoleChange(listener: (status: RaftStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Of a leader. */
  async handOver(target?: MemberKey): Promise<void> {
    const successor = this.#access.ask((core) => core.transferLeadership(target));
    if (successor === undefined) throw new RaftError("UNKNOWN_VOTER");
    this.#transfer ??= Promise.withResolvers<void>();
    await this.#transfer.promise;
  }

  roleChanged(status: RaftStatus): void {
    if (status.role === "leader") for (const { resolve } of this.#untilLeading.splice(0)) resolve();
    for (const listener of this.#listeners) listener(status);
  }

  /** To be called whenever the core may have ended a transfer. */
  settleTransfer(): void {
    const { role } = this.#core;
    if (this.#transfer === undefined) return;
    if (role.name !== "leader") this.#transfer.resolve();
    else if (role.transfer === undefined) this.#transfer.reject(new RaftError("TRANSFER_FAILED"));
    else return;
    this.#transfer = undefined;
  }

  end(error: RaftError): void {
    this.#transfer?.reject(error);
    this.#transfer = undefined;
    for (const { reject } of this.#untilLeading.splice(0)) reject(error);
  }
}
