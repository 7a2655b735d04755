import { connect, type QuorumInfo } from "@millrace/client";
import { ApiError, RpcUnavailableError } from "@millrace/runtime";
import type { AskedAddress, AskedAddresses } from "./ask-at.ts";
import { explainFailure, explainSilence } from "./explain-failure.ts";
import type { QuorumAdmin } from "./quorum-admin.ts";

/** A node looks for an active controller for five seconds before it says that there is none. */
const DESCRIBE_TIMEOUT_MS = 10_000;

/**
 * Does something through the first of the addresses that says how the quorum is; a change is never tried again through another one.
 * Rejects with a `QuorumError` for what a user can mend.
 */
export async function onQuorum<T>(
  [asked, ...others]: AskedAddresses,
  act: (admin: QuorumAdmin, quorum: QuorumInfo) => Promise<T>,
): Promise<T> {
  try {
    await using client = connectTo(asked);
    const quorum = await client.admin.describeQuorum({ timeoutMs: DESCRIBE_TIMEOUT_MS });
    return await act(client.admin, quorum).catch((error: unknown) => {
      throw explainFailure(error, asked);
    });
  } catch (error) {
    const [next, ...rest] = others;
    if (next === undefined || !isSilence(error)) throw explainSilence(error, asked);
    return await onQuorum([next, ...rest], act);
  }
}

const connectTo = ({ address }: AskedAddress) => connect({ broker: address, clientId: "millrace-quorum" });

const isSilence = (error: unknown): boolean =>
  error instanceof RpcUnavailableError || (error instanceof ApiError && error.id === "REQUEST_TIMED_OUT");
