import { ControllerService } from "@millrace/proto/controller";
import { ApiError, type ErrorName, type RpcChannel } from "@millrace/runtime";

const TIMEOUT_MS = 1_000;

const final: ReadonlySet<ErrorName> = new Set(["INCONSISTENT_CLUSTER_ID", "CLUSTER_AUTHORIZATION_FAILED"]);

/** Why the controller behind a channel will never take us for one of its cluster; undefined when it may, or is not there. */
export async function refusalOf(channel: RpcChannel): Promise<ApiError | undefined> {
  try {
    await channel.client(ControllerService).describeQuorum({}, { timeoutMs: TIMEOUT_MS });
    return undefined;
  } catch (error) {
    return error instanceof ApiError && final.has(error.id) ? error : undefined;
  }
}
