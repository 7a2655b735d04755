import { Metadata } from "@grpc/grpc-js";
import type { Peer, TraceContext } from "@millrace/runtime";

const roleKey = "millrace-role";
const nodeIdKey = "millrace-node-id";
const clusterIdKey = "millrace-cluster-id";
const clientIdKey = "millrace-client-id";
const roles = ["controller", "broker", "coordinator"] as const;

/** Who we are, in the headers of every call. Believed as it stands until connections are authenticated. */
export function identityMetadata(peer: Peer): Metadata {
  const metadata = new Metadata();
  if (peer.kind === "role") {
    metadata.set(roleKey, peer.role);
    metadata.set(nodeIdKey, String(peer.nodeId));
    metadata.set(clusterIdKey, peer.clusterId);
  } else {
    // Client ids are free text, header values are ASCII.
    metadata.set(clientIdKey, encodeURIComponent(peer.clientId.toWellFormed()));
  }
  return metadata;
}

/** Whoever does not present a whole and valid identity of a role is a client. `address` is where its connection comes from. */
export function peerOf(metadata: Metadata, address: string): Peer {
  const role = roles.find((known) => known === text(metadata, roleKey));
  const nodeId = text(metadata, nodeIdKey);
  const clusterId = text(metadata, clusterIdKey);
  if (role !== undefined && nodeId !== undefined && /^\d{1,9}$/.test(nodeId) && clusterId !== undefined) {
    return { kind: "role", role, nodeId: Number(nodeId), clusterId, address };
  }
  return { kind: "client", clientId: decoded(text(metadata, clientIdKey) ?? ""), address };
}

export function withTrace(metadata: Metadata, trace: TraceContext | undefined): Metadata {
  if (trace === undefined) return metadata;
  const traced = metadata.clone();
  traced.set("traceparent", trace.traceparent);
  if (trace.tracestate !== undefined) traced.set("tracestate", trace.tracestate);
  return traced;
}

export function traceOf(metadata: Metadata): TraceContext | undefined {
  const traceparent = text(metadata, "traceparent");
  if (traceparent === undefined) return undefined;
  const tracestate = text(metadata, "tracestate");
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
}

function text(metadata: Metadata, key: string): string | undefined {
  const [value] = metadata.get(key);
  return typeof value === "string" ? value : undefined;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
