import type { ConfigMap, ControllerAddress } from "@millrace/controller";
import { ApiError } from "@millrace/runtime";
import { defaultGrpc, defaultHttp, defaultRoles, type NodeOptions, type NodeRole } from "./node-options.ts";
import { staticConfigs } from "./static-configs.ts";

/** A node's options with what was left out, once it is known that they go together. */
export interface CheckedNodeOptions extends Omit<NodeOptions, "roles" | "configs"> {
  readonly nodeId: number;
  readonly roles: ReadonlySet<NodeRole>;
  readonly controllers: readonly ControllerAddress[];
  /** The config that says where they are. */
  readonly controllersConfig: string;
  readonly configs: ConfigMap;
  readonly grpc: NonNullable<NodeOptions["grpc"]>;
  readonly http: NonNullable<NodeOptions["http"]>;
}

/** Throws INVALID_CONFIG for options that contradict each other. */
export function checkNodeOptions(options: NodeOptions): CheckedNodeOptions {
  const { initialControllers, roles = defaultRoles, ...rest } = options;
  const checked: CheckedNodeOptions = {
    ...rest,
    ...(initialControllers !== undefined && { initialControllers }),
    nodeId: options.nodeId ?? 1,
    roles: new Set(roles),
    controllers: options.controllers ?? initialControllers ?? [],
    controllersConfig:
      options.controllers === undefined && initialControllers !== undefined
        ? "controller.quorum.initial.controllers"
        : "controller.quorum.bootstrap.servers",
    configs: staticConfigs(options.configs ?? {}),
    grpc: { ...defaultGrpc, ...options.grpc },
    http: options.http ?? defaultHttp,
  };
  const problem = problemOf(checked);
  if (problem !== undefined) throw new ApiError("INVALID_CONFIG", { detail: problem });
  return checked;
}

function problemOf(options: CheckedNodeOptions): string | undefined {
  const { roles, controllers, clusterId, initialControllers, grpc } = options;
  if (roles.size === 0) return "a node needs a role";
  if (!roles.has("controller") && controllers.length === 0) {
    return (
      "controller.quorum.bootstrap.servers (--controllers) is not set: a node that is no controller needs " +
      "the host:port of its controllers' gRPC"
    );
  }
  const isOwnQuorum = roles.has("controller") && controllers.length === 0;
  if (!isOwnQuorum && clusterId === undefined) {
    return (
      "cluster.id (--cluster-id) is not set: a node of a cluster of several needs the cluster's id, which stands in " +
      "meta.properties in the data directory of each of its nodes, and in the line with which they say that they are ready"
    );
  }
  if (roles.has("controller") && !isOwnQuorum && grpc.port === 0) {
    return "grpc.port is 0: a controller of a quorum needs a fixed port, at which the others find it";
  }
  const ids = initialControllers === undefined ? [] : initialControllers.map(({ nodeId }) => nodeId);
  const twice = ids.find((id, place) => ids.indexOf(id) !== place);
  if (twice !== undefined) return `controller ${twice} is in the first quorum twice`;
  return undefined;
}
