import { Health } from "@millrace/proto/health";
import {
  ApiError,
  type NodeAddress,
  type RpcChannel,
  RpcUnavailableError,
  type UnavailableReason,
} from "@millrace/runtime";

/** Makes a channel to the gRPC port of a node of the cluster, as this controller; it opens with its first call. */
export type Connect = (address: Pick<NodeAddress, "host" | "port">) => RpcChannel;

/** Longer than a node takes that is alive and reached; milliseconds. */
const DIAL_TIMEOUT_MS = 1_000;

/**
 * Dials a node: undefined when it answers, else why it does not. `refused` says that its process is gone, anything else
 * leaves that open. `signal` ends the wait.
 */
export async function dial(
  connect: Connect,
  address: Parameters<Connect>[0],
  signal?: AbortSignal,
): Promise<UnavailableReason | undefined> {
  const channel = connect(address);
  try {
    await channel.client(Health).check({}, { timeoutMs: DIAL_TIMEOUT_MS, ...(signal && { signal }) });
    return undefined;
  } catch (error) {
    if (error instanceof RpcUnavailableError) return error.reason;
    return error instanceof ApiError && error.id === "REQUEST_TIMED_OUT" ? "timeout" : undefined;
  } finally {
    await channel.close();
  }
}
