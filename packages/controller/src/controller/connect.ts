import { Health } from "@millrace/proto/health";
import { type NodeAddress, type RpcChannel, RpcUnavailableError } from "@millrace/runtime";

/** Makes a channel to the gRPC port of a node of the cluster, as this controller; it opens with its first call. */
export type Connect = (address: Pick<NodeAddress, "host" | "port">) => RpcChannel;

/** Longer than a node takes that is alive and reached; milliseconds. */
const DIAL_TIMEOUT_MS = 1_000;

/** Whether nothing listens there, so that the process is gone. Any other failure leaves that open. */
export async function refusesConnections(
  connect: Connect,
  address: Parameters<Connect>[0],
): Promise<boolean> {
  const channel = connect(address);
  try {
    await channel.client(Health).check({}, { timeoutMs: DIAL_TIMEOUT_MS });
    return false;
  } catch (error) {
    return error instanceof RpcUnavailableError && error.reason === "refused";
  } finally {
    await channel.close();
  }
}
