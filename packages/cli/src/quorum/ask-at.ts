import { resolve } from "node:path";
import { formatAddress } from "@millrace/runtime";
import { running } from "../stack/processes.ts";
import { readStack } from "../stack/stack-file.ts";
import { QuorumError } from "./quorum-error.ts";

/** Where a quorum is asked about, and changed. */
export interface QuorumFlags {
  readonly bootstrap?: string;
  readonly dataDir?: string;
}

export interface AskedAddress {
  /** `host:port` of a gRPC port. */
  readonly address: string;
  /** As the user gave it: the flag and its value. */
  readonly from: string;
}

export type AskedAddresses = readonly [AskedAddress, ...AskedAddress[]];

/** The addresses to try, one after the other. Rejects with a `QuorumError` or `StackError` when there is none. */
export async function addressesToAsk({ bootstrap, dataDir }: QuorumFlags): Promise<AskedAddresses> {
  if (bootstrap !== undefined && dataDir !== undefined) {
    throw new QuorumError("--bootstrap and --data-dir both say whom to ask; give one of them");
  }
  if (bootstrap !== undefined) return [{ address: bootstrap, from: `--bootstrap ${bootstrap}` }];
  if (dataDir !== undefined) return await nodesOf(resolve(dataDir));
  throw new QuorumError(
    "whom to ask? Give --bootstrap HOST:PORT, the gRPC address of a broker or controller, or --data-dir DIR of a stack",
  );
}

/** Those that run and forward to the active controller: brokers and controllers. */
async function nodesOf(dir: string): Promise<AskedAddresses> {
  const { processes } = await readStack(dir);
  const nodes = processes.filter(({ roles }) => roles.includes("broker") || roles.includes("controller"));
  const identities = await Promise.all(nodes.map(running));
  const [first, ...others] = nodes
    .filter((_, place) => identities[place]?.isPaused === false)
    .map(({ name, host, ports }) => ({
      address: formatAddress({ host, port: ports.grpc }),
      from: `${name} of --data-dir ${dir}`,
    }));
  if (first !== undefined) return [first, ...others];
  throw new QuorumError(
    `no broker or controller of the stack in ${dir} runs; start it: millrace stack --data-dir ${dir}`,
  );
}
