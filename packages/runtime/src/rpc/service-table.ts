import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { assert } from "../assert.ts";
import type { RpcRouter, ServiceHandlers } from "./rpc.ts";

export interface ServedService {
  readonly service: DescService;
  /** By local name of the method; their types were checked by `add`. */
  readonly handlers: Readonly<Record<string, unknown>>;
}

/**
 * What a node serves, the same for every transport. Complete before it is first served: what a peer learns by
 * reflection stays true.
 */
export class ServiceTable implements RpcRouter {
  readonly #services = new Map<string, ServedService>();
  #sealed = false;

  add<S extends DescService>(service: S, handlers: ServiceHandlers<S>): void {
    assert(!this.#sealed, "service added to a table that is being served");
    assert(!this.#services.has(service.typeName), "service added twice");
    assert(
      service.methods.every((method) => method.methodKind !== "client_streaming"),
      "client streaming methods are not served",
    );
    this.#services.set(service.typeName, { service, handlers });
  }

  /** From now on nothing may be added. Transports call it when they start. */
  seal(): void {
    this.#sealed = true;
  }

  get services(): readonly ServedService[] {
    return [...this.#services.values()];
  }

  /** Undefined: this node does not serve it. */
  handler(method: DescMethod): unknown {
    return this.#services.get(method.parent.typeName)?.handlers[method.localName];
  }
}
