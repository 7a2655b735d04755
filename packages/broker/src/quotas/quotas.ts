import type { RequestContext } from "../request-context.ts";

/**
 * Counts what requests use and says how long their clients have to pause (KIP-13, KIP-124, KIP-219). Every response
 * path asks; the larger answer counts.
 */
export interface Quotas {
  /** After `bytes` were produced or fetched. Returns milliseconds, 0 for no pause. */
  recordBytes(context: RequestContext, kind: "produce" | "fetch", bytes: number): number;
  /** After a request was served, with the time that it took of the event loop. Returns milliseconds. */
  recordRequest(context: RequestContext, durationMs: number): number;
}

export const noQuotas: Quotas = { recordBytes: () => 0, recordRequest: () => 0 };
