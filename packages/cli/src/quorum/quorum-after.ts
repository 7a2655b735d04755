import type { QuorumInfo } from "@millrace/client";
import type { QuorumAdmin } from "./quorum-admin.ts";

/** Whoever has just refused answers soon, or has become part of the problem. */
const TIMEOUT_MS = 3_000;

/** The quorum after a change that failed, to say why it did; undefined when that cannot be known. */
export async function quorumAfter(admin: QuorumAdmin): Promise<QuorumInfo | undefined> {
  return await admin.describeQuorum({ timeoutMs: TIMEOUT_MS }).catch(() => undefined);
}
