import { ApiError } from "@millrace/runtime";
import type { ListenerOptions, NodeOptions } from "@millrace/server";
import type { ListenerArgument } from "./parse-listener.ts";
import type { StartFlags } from "./start-command.ts";

/** Throws INVALID_CONFIG for flags that do not go together. */
export function nodeOptionsFromFlags(flags: StartFlags): NodeOptions {
  const { host, rack, memoryBudget } = flags;
  const bound: readonly ListenerArgument[] =
    flags.listener.length > 0 ? flags.listener : [{ name: "PLAINTEXT", host, port: flags.kafkaPort }];
  return {
    ...(flags.memory === undefined && { dataDir: flags.dataDir }),
    nodeId: flags.nodeId,
    listeners: withAdvertised(bound, flags.advertisedListener),
    grpc: { host, port: flags.grpcPort },
    http: { host, port: flags.httpPort },
    configs: flags.set,
    ...(rack !== undefined && { rack }),
    ...(memoryBudget !== undefined && { memoryBudgetBytes: memoryBudget }),
  };
}

function withAdvertised(
  bound: readonly ListenerArgument[],
  advertised: readonly ListenerArgument[],
): readonly ListenerOptions[] {
  for (const { name } of advertised) {
    if (bound.some((listener) => listener.name === name)) continue;
    throw new ApiError("INVALID_CONFIG", {
      detail: `--advertised-listener ${name}: there is no listener of that name`,
    });
  }
  return bound.map((listener) => {
    const told = advertised.find(({ name }) => name === listener.name);
    return told === undefined
      ? listener
      : { ...listener, advertisedHost: told.host, advertisedPort: told.port };
  });
}
