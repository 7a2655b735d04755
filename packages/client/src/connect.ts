import { ApiError, type Runtime } from "@millrace/runtime";
import { createNodeRuntime, GrpcChannel } from "@millrace/runtime-node";
import { check, checkIfGiven } from "./arguments/check.ts";
import { grpcTransport } from "./grpc/grpc-transport.ts";
import { MillraceClient } from "./millrace-client.ts";

export interface ConnectOptions {
  /** `host:port` of a broker's gRPC listener (9094 by default, not Kafka's 9092). IPv6 hosts in brackets. */
  readonly broker: string;
  /** For logs, metrics and quotas of the brokers. "millrace-client" when left out. */
  readonly clientId?: string;
  /** Clocks, chance and executor of someone else: an embedded cluster with a virtual clock hands in its own. */
  readonly runtime?: Pick<Runtime, "clocks" | "random" | "executor">;
}

/**
 * A client over gRPC. It connects with the first call and reconnects by itself, so an unreachable broker shows there:
 * NETWORK_EXCEPTION. Throws INVALID_REQUEST for an address that is none, and an `ArgumentError` for other kinds of values.
 */
export function connect(options: ConnectOptions): MillraceClient {
  check(options, "object", "options");
  check(options.broker, "string", "options.broker");
  checkIfGiven(options.clientId, "string", "options.clientId");
  const { host, port } = parseAddress(options.broker);
  const clientId = options.clientId ?? "millrace-client";
  const channel = new GrpcChannel({ host, port, peer: { kind: "client", clientId, address: "" } });
  const runtime =
    options.runtime ??
    createNodeRuntime({
      timersKeepProcessAlive: true,
      // A bug in the client is the program's to see, as any other exception in a callback.
      onFail: (error) => {
        throw error;
      },
    });
  return new MillraceClient(grpcTransport(channel), runtime);
}

function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<name>[^:[\]]+)):(?<port>\d{1,5})$/.exec(address);
  const host = match?.groups?.v6 ?? match?.groups?.name;
  const port = Number(match?.groups?.port);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new ApiError("INVALID_REQUEST", { detail: `"${address}" is not host:port of a gRPC listener` });
  }
  return { host, port };
}
