import { formatAddress } from "@millrace/runtime";
import type { MillraceNode } from "@millrace/server";

type Listening = Pick<
  MillraceNode,
  "nodeId" | "roles" | "clusterId" | "storage" | "kafkaListeners" | "grpc" | "http"
>;

/** What scripts wait for: a line a listener, then one that begins with `ready`. */
export function readyLines(node: Listening, uptimeMs: number): readonly string[] {
  return [
    ...node.kafkaListeners.map((listener) => `kafka://${formatAddress(listener)}`),
    `grpc://${formatAddress(node.grpc)}`,
    ...(node.http === undefined ? [] : [`http://${formatAddress(node.http)}`]),
    `ready: node ${node.nodeId} (${node.roles.join(", ")}) of cluster ${node.clusterId}, data in ${node.storage}, after ${uptimeMs} ms`,
  ];
}
