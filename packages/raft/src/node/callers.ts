import type { LogIndex } from "../entry.ts";
import type { RaftError } from "../raft-error.ts";
import { Waiters } from "./waiters.ts";

/** Everybody who waits for something of a node: it is told what happened, and tells them. */
export class Callers {
  /** Of proposals and changes of the voters. */
  readonly #proposals = new Waiters();
  readonly #reads = new Map<number, PromiseWithResolvers<LogIndex>>();
  readonly #readsToApply = new Waiters();
  #untilLeading: PromiseWithResolvers<void>[] = [];
  #transfer: PromiseWithResolvers<void> | undefined;
  #nextReadToken = 0;

  get hasProposals(): boolean {
    return !this.#proposals.isEmpty;
  }

  get reads(): number {
    return this.#reads.size;
  }

  get nextReadToken(): number {
    return this.#nextReadToken;
  }

  get isTransferring(): boolean {
    return this.#transfer !== undefined;
  }

  untilProposalApplied(index: LogIndex): Promise<void> {
    return this.#proposals.until(index);
  }

  /** For the read that was asked for with `nextReadToken`. */
  untilReadConfirmed(): Promise<LogIndex> {
    const confirmed = Promise.withResolvers<LogIndex>();
    this.#reads.set(this.#nextReadToken++, confirmed);
    return confirmed.promise;
  }

  untilReadApplied(index: LogIndex): Promise<void> {
    return this.#readsToApply.until(index);
  }

  untilLeading(): Promise<void> {
    const leading = Promise.withResolvers<void>();
    this.#untilLeading.push(leading);
    return leading.promise;
  }

  untilTransferred(): Promise<void> {
    this.#transfer ??= Promise.withResolvers<void>();
    return this.#transfer.promise;
  }

  applied(index: LogIndex): void {
    this.#proposals.applied(index);
    this.#readsToApply.applied(index);
  }

  readConfirmed(token: number, index: LogIndex): void {
    this.#reads.get(token)?.resolve(index);
    this.#reads.delete(token);
  }

  readRefused(token: number, error: RaftError): void {
    this.#reads.get(token)?.reject(error);
    this.#reads.delete(token);
  }

  leads(): void {
    for (const { resolve } of this.#untilLeading.splice(0)) resolve();
  }

  /** What was proposed up to `commitIndex` is committed, and still to be applied; nobody knows of the rest. */
  leadsNoLonger(commitIndex: LogIndex, error: RaftError): void {
    this.#proposals.failBehind(commitIndex, error);
  }

  /** Without an error: it was handed over. */
  transferEnded(error?: RaftError): void {
    if (error === undefined) this.#transfer?.resolve();
    else this.#transfer?.reject(error);
    this.#transfer = undefined;
  }

  /** Nothing more will happen. */
  end(error: RaftError): void {
    this.#proposals.fail(error);
    this.#readsToApply.fail(error);
    for (const read of this.#reads.values()) read.reject(error);
    this.#reads.clear();
    this.transferEnded(error);
    for (const { reject } of this.#untilLeading.splice(0)) reject(error);
  }
}
