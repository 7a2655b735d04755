import type { Admin } from "@millrace/client";

/** What the commands need of a client. */
export type QuorumAdmin = Pick<Admin, "describeQuorum" | "addVoter" | "removeVoter" | "moveController">;
