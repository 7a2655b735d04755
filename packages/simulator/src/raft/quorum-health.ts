import { nameOf } from "../ledger/log-slot.ts";
import type { Quorum } from "./quorum.ts";
import type { QuorumNode } from "./quorum-node.ts";

/** Everyone is up, and as many vote as planned, all of them on disks that are there. */
export function isWhole(quorum: Quorum): boolean {
  const { voters } = quorum.leader()?.node?.status ?? {};
  const up = new Set(quorum.nodes.filter(({ isUp }) => isUp).map(({ key }) => nameOf(key)));
  if (up.size < quorum.nodes.length || voters?.length !== quorum.plan.voters) return false;
  return voters.every((voter) => up.has(nameOf(voter)));
}

/** Everyone has applied all that the leader has, no call is open, and who runs beside them is at rest. */
export function agrees(quorum: Quorum): boolean {
  const lastIndex = quorum.leader()?.node?.status.lastIndex;
  const hasAll = quorum.nodes.every(({ node }) => node?.status.appliedIndex === lastIndex);
  const { workload } = quorum;
  return hasAll && workload.clients.every(({ isIdle }) => isIdle) && workload.unsettled?.() === undefined;
}

/** For whoever looks into a run that came to a halt. */
export function describeQuorum({ nodes, workload }: Quorum): string {
  const open = workload.clients.filter(({ isIdle }) => !isIdle).length;
  return [...nodes.map(describeNode), `${open} calls are open`, workload.unsettled?.() ?? ""]
    .join("\n")
    .trim();
}

function describeNode({ key, node, machine }: QuorumNode): string {
  if (node === undefined) return `${nameOf(key)} is ${machine.process === undefined ? "down" : "starting"}`;
  const { role, term, leaderId, lastIndex, commitIndex, appliedIndex, voters } = node.status;
  const log = `last ${lastIndex}, commit ${commitIndex}, applied ${appliedIndex}`;
  return `${nameOf(key)} ${role} t${term}, leader ${leaderId}, ${log}, voters ${voters.map(nameOf).join(" ")}`;
}
