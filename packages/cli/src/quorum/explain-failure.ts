import { ApiError, RpcUnavailableError, type UnavailableReason } from "@millrace/runtime";
import type { AskedAddress } from "./ask-at.ts";
import { QuorumError } from "./quorum-error.ts";

/** Why the first question to an address had no answer, with what to do next. What is no failure of a call stays as it is. */
export function explainSilence(error: unknown, { address, from }: AskedAddress): unknown {
  if (!(error instanceof ApiError)) return error;
  return new QuorumError(silence(error, address, from), { cause: error });
}

/** Why a change may not have been made, by someone who had answered before; likewise. */
export function explainFailure(error: unknown, { address }: AskedAddress): unknown {
  if (!(error instanceof ApiError)) return error;
  const text = isOpen(error)
    ? `${address} did not say whether it was done; millrace quorum describe tells`
    : `${error.detail.replace(/\.$/, "")} (${error.id})`;
  return new QuorumError(text, { cause: error });
}

const isOpen = ({ id }: ApiError): boolean =>
  id === "REQUEST_TIMED_OUT" || id === "NOT_CONTROLLER" || id === "NETWORK_EXCEPTION";

function silence(error: ApiError, address: string, from: string): string {
  if (error instanceof RpcUnavailableError) return unavailable[error.reason](address, from);
  switch (error.id) {
    case "INVALID_REQUEST":
      return `${error.detail} (${from})`;
    case "REQUEST_TIMED_OUT":
      return `${address} does not answer (${from}); see that it runs, and that a majority of the voters does`;
    case "UNSUPPORTED_VERSION":
      return (
        `${address} does not administer the quorum (${from}): a process that is only a coordinator does not; ` +
        "give the gRPC address of a broker or controller"
      );
    case "NOT_CONTROLLER":
    case "NETWORK_EXCEPTION":
      return `${address} finds no active controller (${from}); see that a majority of the voters runs`;
    default:
      return `${error.detail.replace(/\.$/, "")} (${error.id}, from ${address})`;
  }
}

const unavailable: Readonly<Record<UnavailableReason, (address: string, from: string) => string>> = {
  refused: (address, from) =>
    `nothing listens at ${address} (${from}); give the gRPC address of a broker or controller that runs`,
  broken: (address, from) =>
    `${address} ended the connection (${from}); see that it is a gRPC port, not Kafka's`,
  timeout: (address, from) => `${address} cannot be reached (${from}); check host and port`,
};
