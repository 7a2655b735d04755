import { join } from "node:path";
import type { NodeRole } from "@millrace/server";
import type { StackProcess } from "./stack-file.ts";
import type { StackOptions } from "./stack-options.ts";

/** Ids of a role begin here, so that one more of it gets the next, and an id says what it is. */
const firstId = { controller: 1, broker: 101, coordinator: 201 } as const satisfies Record<NodeRole, number>;
export const PROCESSES_PER_ROLE_MAX = 99;

/** How many ports a stack needs, in a row. */
export function portCount({ controllers, brokers, coordinators }: StackOptions): number {
  return 2 * controllers + 3 * brokers + 2 * coordinators;
}

/** The processes of a stack, in the order in which they start, with the ports from `basePort` on. */
export function planStack(dir: string, options: StackOptions, basePort: number): readonly StackProcess[] {
  const { host, controllers, brokers, coordinators } = options;
  let port = basePort;
  const plan = (role: NodeRole, count: number): StackProcess[] =>
    Array.from({ length: count }, (_, place) => {
      const name = `${role}-${firstId[role] + place}`;
      return {
        nodeId: firstId[role] + place,
        name,
        roles: [role],
        pid: null,
        startedAt: null,
        wanted: "stopped",
        host,
        ports: { kafka: role === "broker" ? port++ : null, grpc: port++, http: port++ },
        dataDir: join(dir, name),
        configFile: join(dir, "config", `${name}.yaml`),
        logFile: join(dir, "logs", `${name}.log`),
      };
    });
  // Kafka's port first: with --base-port 9092 the first broker is where clients look for one.
  const servers = plan("broker", brokers);
  return [...plan("controller", controllers), ...servers, ...plan("coordinator", coordinators)];
}
