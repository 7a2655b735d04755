import { type ErrorName, errorTable } from "./error-table.ts";
import { isRetriable, type NextStep } from "./next-step.ts";

/** Where a node serves its RPC services. */
export interface NodeAddress {
  readonly nodeId: number;
  /** IPv6 addresses without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface ApiErrorOptions {
  /** What exactly is wrong, for the `ErrorMessage` fields of responses. Goes to peers: nothing internal in it. */
  readonly detail?: string | undefined;
  /** Who serves what was asked for, where that is known: the caller goes there. Goes to peers. */
  readonly servedBy?: NodeAddress | undefined;
  /** What led to it; stays in this process. */
  readonly cause?: unknown;
}

/** An answer that a caller has to expect, with a code of the one table. Callers choose by `id` or `next`. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly id: ErrorName;
  /** Kafka's number. */
  readonly code: number;
  /** The text for people: that of the table unless something more exact was given. */
  readonly detail: string;
  /** Of NOT_CONTROLLER and its like: whom to ask instead, if the answering node knew. */
  readonly servedBy: NodeAddress | undefined;

  constructor(id: ErrorName, options: ApiErrorOptions = {}) {
    const entry = errorTable[id];
    const detail = options.detail ?? entry.text;
    super(`${id}: ${detail}`, "cause" in options ? { cause: options.cause } : undefined);
    this.id = id;
    this.code = entry.code;
    this.detail = detail;
    this.servedBy = options.servedBy;
  }

  get next(): NextStep {
    return errorTable[this.id].next;
  }

  /** Whether the same request may succeed later. */
  get retriable(): boolean {
    return isRetriable(this.next);
  }
}
