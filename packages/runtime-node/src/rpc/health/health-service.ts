import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "@millrace/proto/health";
import { ApiError, type CallContext, Pipe, type ServiceTable } from "@millrace/runtime";

/** A service's own name, or "" for the node as a whole. */
type ServiceName = string;

/**
 * grpc.health.v1, for load balancers and operators. The node says what serves; everything begins as not serving,
 * so that a node may open its port before it is ready.
 */
export class HealthService {
  readonly #statuses = new Map<ServiceName, boolean>([["", false]]);
  readonly #watchers = new Set<Pipe<void>>();

  /** Adds itself to what the node serves, and knows of everything that is added before it. */
  addTo(services: ServiceTable): void {
    for (const { service } of services.services) this.#statuses.set(service.typeName, false);
    services.add(Health, {
      check: async ({ service }) => {
        const status = this.#statusOf(service);
        if (status === ServingStatus.SERVICE_UNKNOWN) {
          throw new ApiError("RESOURCE_NOT_FOUND", { detail: `${service} is not served here` });
        }
        return { status };
      },
      watch: ({ service }, context) => this.#watch(service, context),
    });
  }

  set(service: ServiceName, serving: boolean): void {
    if (this.#statuses.get(service) === serving) return;
    this.#statuses.set(service, serving);
    this.#wakeWatchers();
  }

  /** The node with all of its services. */
  setAll(serving: boolean): void {
    for (const service of this.#statuses.keys()) this.#statuses.set(service, serving);
    this.#wakeWatchers();
  }

  /** Sends the present status, then each one that differs from the last sent: a slow reader may miss some. */
  async *#watch(service: ServiceName, { signal }: CallContext) {
    const changes = new Pipe<void>({ itemsMax: 1 });
    const leave = (): void => void changes.return();
    signal.addEventListener("abort", leave);
    this.#watchers.add(changes);
    try {
      let sent = this.#statusOf(service);
      yield { status: sent };
      for await (const _ of changes) {
        const status = this.#statusOf(service);
        if (status !== sent) yield { status };
        sent = status;
      }
    } finally {
      this.#watchers.delete(changes);
      signal.removeEventListener("abort", leave);
    }
  }

  #wakeWatchers(): void {
    // A watcher with a change to look at already will see this one with it.
    for (const watcher of this.#watchers) watcher.tryPush();
  }

  #statusOf(service: ServiceName): ServingStatus {
    const serving = this.#statuses.get(service);
    if (serving === undefined) return ServingStatus.SERVICE_UNKNOWN;
    return serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }
}
