import type { Read, Role } from "./roles.ts";

/** Who still waits for an answer of a role when it ends. */
export function owedReads(role: Role): readonly Read[] {
  if (role.name === "leader") {
    const { confirming, waiting } = role.reads;
    return [...confirming.flatMap(({ reads }) => reads), ...waiting];
  }
  if (role.name !== "follower") return [];
  return [...role.reads.asked, ...role.reads.waiting].map((token) => ({ origin: undefined, token }));
}
