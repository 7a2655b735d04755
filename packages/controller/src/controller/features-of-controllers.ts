import { ControllerService } from "@millrace/proto/controller";
import type { Voter } from "@millrace/raft";
import { ApiError, RpcUnavailableError } from "@millrace/runtime";
import type { FeatureSupport } from "../decisions/update-features.ts";
import { kraftVersion, supportedFeatures } from "../features.ts";
import type { SupportedFeature } from "../image/metadata-state.ts";
import type { Connect } from "./connect.ts";
import type { Controller } from "./controller.ts";

/** What this version serves as a controller. */
export const servedHere: readonly SupportedFeature[] = [...supportedFeatures, kraftVersion];

/** Longer than a controller takes that is alive and reached; milliseconds. */
const ASK_TIMEOUT_MS = 1_000;

/**
 * What every voter serves, the active controller first. Controllers do not register what they serve, as brokers do, so each
 * is asked: one that met a level that it does not serve could not go on. Rejects with FEATURE_UPDATE_FAILED when one does
 * not say.
 */
export async function featuresOfControllers(
  { nodeId, quorum, connect }: Pick<Controller, "nodeId" | "quorum" | "connect">,
  signal: AbortSignal,
): Promise<FeatureSupport[]> {
  const local = { who: `Local controller ${nodeId}`, features: servedHere };
  if (quorum === undefined || connect === undefined) return [local];
  const others = quorum.status.voters.filter(({ id }) => id !== nodeId);
  return [local, ...(await Promise.all(others.map((voter) => ask(connect, voter, signal))))];
}

async function ask(connect: Connect, { id, endpoint }: Voter, signal: AbortSignal): Promise<FeatureSupport> {
  const channel = connect(endpoint);
  try {
    const options = { timeoutMs: ASK_TIMEOUT_MS, signal };
    const { supportedFeatures: features } = await channel
      .client(ControllerService)
      .describeFeatures({}, options);
    return { who: `Controller ${id}`, features };
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof RpcUnavailableError)) throw error;
    const { host, port } = endpoint;
    throw new ApiError("FEATURE_UPDATE_FAILED", {
      detail:
        `Controller ${id} does not say at ${host}:${port} which levels it serves: ` +
        "start it, with this version or a later one, or remove it from the quorum, and try again.",
      cause: error,
    });
  } finally {
    await channel.close();
  }
}
