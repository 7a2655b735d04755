import type { CallContext } from "@millrace/runtime";
import type { RequestContext } from "../request-context.ts";
import { ANONYMOUS } from "../security/principal.ts";

/** What calls over gRPC came through, where Kafka's requests name their listener. */
const LISTENER = "GRPC";

/** Makes the request contexts of a broker's gRPC calls. */
export class GrpcContexts {
  /** Kafka's connections count up from 1, gRPC's calls down. */
  #nextId = -1;

  of({ peer, trace }: CallContext, requestName: string): RequestContext {
    return {
      principal: ANONYMOUS,
      clientId: peer.kind === "client" ? peer.clientId : `${peer.role}-${peer.nodeId}`,
      clientSoftware: undefined,
      clientAddress: peer.address,
      listener: LISTENER,
      connectionId: this.#nextId--,
      requestName,
      trace,
    };
  }
}
