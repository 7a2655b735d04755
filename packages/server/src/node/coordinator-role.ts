import { MetadataObserver } from "@millrace/controller";
import type { RpcChannel } from "@millrace/runtime";
import type { RoleGround, RunningRole } from "./role.ts";

/**
 * A coordinator follows the metadata of its cluster, from which it will learn which shards are its own. Until there are
 * consumer groups there are none, and it serves nothing but health. Ready when it knows the metadata.
 */
export function startCoordinatorRole(
  { clusterId, runtime }: RoleGround,
  controllers: RpcChannel,
): RunningRole {
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {}); // whoever waits is told; it is no news that nobody does
  const observer = new MetadataObserver({
    clusterId,
    channel: controllers,
    runtime,
    onRefused: ready.reject,
  });
  observer.waitForOffset(0).then(ready.resolve, ready.reject);
  observer.start();
  return { ready: ready.promise, close: () => observer.close() };
}
