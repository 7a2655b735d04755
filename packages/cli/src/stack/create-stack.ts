import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { formatAddress } from "@millrace/runtime";
import { formatDataDirectory, readConfig } from "@millrace/server";
import { planStack, portCount } from "./plan-stack.ts";
import { processConfig, type Quorum } from "./process-config.ts";
import { checkIsFree, type Stack, writeStack } from "./stack-file.ts";
import type { StackOptions } from "./stack-options.ts";
import { basePort } from "./stack-ports.ts";

/**
 * Lays a stack out in an empty directory. The controllers' data directories are formatted now and never again: one that
 * is wiped later is another voter.
 */
export async function createStack(dir: string, options: StackOptions): Promise<Stack> {
  await checkIsFree(dir);
  const port = await basePort(options.host, portCount(options), options.basePort);
  const processes = planStack(dir, options, port);
  await checkConfigs(processes, options.set);
  const quorum = await formatControllers(processes);
  await mkdir(join(dir, "logs"), { recursive: true });
  for (const one of processes) {
    await mkdir(dirname(one.configFile), { recursive: true });
    await writeFile(one.configFile, processConfig(one, quorum, options.set));
  }
  const stack: Stack = { version: 1, clusterId: quorum.clusterId, processes };
  await writeStack(dir, stack);
  return stack;
}

/** Before anything is written. Throws INVALID_CONFIG for what no process would start with. */
async function checkConfigs(processes: Stack["processes"], set: readonly string[]): Promise<void> {
  for (const one of processes) {
    const nobody: Quorum = { clusterId: "A".repeat(22), initialControllers: [], bootstrapServers: [] };
    await readConfig({ file: { name: "--set", text: processConfig(one, nobody, set) } });
  }
}

async function formatControllers(processes: Stack["processes"]): Promise<Quorum> {
  const initialControllers: string[] = [];
  const bootstrapServers: string[] = [];
  let clusterId: string | undefined;
  for (const { nodeId, roles, host, ports, dataDir } of processes) {
    if (!roles.includes("controller")) continue;
    const formatted = await formatDataDirectory({ dataDir, nodeId, ...(clusterId && { clusterId }) });
    clusterId = formatted.clusterId;
    const address = formatAddress({ host, port: ports.grpc });
    initialControllers.push(`${nodeId}@${address}:${formatted.directoryId}`);
    bootstrapServers.push(address);
  }
  return { clusterId: clusterId ?? "", initialControllers, bootstrapServers };
}
