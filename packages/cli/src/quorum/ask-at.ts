import { resolve } from "node:path";
import { running } from "../stack/processes.ts";
import { readStack } from "../stack/stack-file.ts";
import { addressOf } from "./member-names.ts";
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
  if (dataDir !== undefined) return await brokersOf(resolve(dataDir));
  throw new QuorumError(
    "whom to ask? Give --bootstrap HOST:PORT, the gRPC address of a broker, or --data-dir DIR of a stack",
  );
}

/** Those that run: brokers are whom clients ask, and they forward to the active controller. */
async function brokersOf(dir: string): Promise<AskedAddresses> {
  const { processes } = await readStack(dir);
  const brokers = processes.filter(({ roles }) => roles.includes("broker"));
  const identities = await Promise.all(brokers.map(running));
  const [first, ...others] = brokers
    .filter((_, place) => identities[place]?.isPaused === false)
    .map(({ name, host, ports }) => ({
      address: addressOf({ host, port: ports.grpc }),
      from: `${name} of --data-dir ${dir}`,
    }));
  if (first !== undefined) return [first, ...others];
  throw new QuorumError(
    brokers[0] === undefined
      ? `the stack in ${dir} has no broker to ask; give --bootstrap HOST:PORT, the gRPC address of one of its cluster`
      : `no broker of the stack in ${dir} runs; start one: millrace stack restart ${brokers[0].nodeId} --data-dir ${dir}`,
  );
}
