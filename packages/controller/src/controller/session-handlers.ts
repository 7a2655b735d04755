import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  BrokerSessionRequest,
  BrokerSessionResponseSchema,
  ControllerService,
  BrokerSessionRequest_Heartbeat as Heartbeat,
  BrokerSessionRequest_Register as Register,
} from "@millrace/proto/controller";
import { ApiError, type CallContext, requireRole, type ServiceHandlers } from "@millrace/runtime";
import { decideBrokerHeartbeat } from "../decisions/broker-heartbeat.ts";
import { decideRegisterBroker } from "../decisions/register-broker.ts";
import type { Controller } from "./controller.ts";
import { servedHere } from "./features-of-controllers.ts";

type SessionMethod = "brokerSession" | "metadataFeed" | "describeFeatures";
type SessionResponse = MessageInitShape<typeof BrokerSessionResponseSchema>;

/** What brokers and other observers hold open with a controller, and what each controller says for itself. */
export function sessionHandlers(
  controller: Controller,
): Pick<ServiceHandlers<typeof ControllerService>, SessionMethod> {
  return {
    brokerSession: (requests, context) => brokerSession(controller, requests, context),
    metadataFeed: (request, context) => {
      requireRole(context, controller.clusterId, "broker", "controller", "coordinator");
      return controller.feed.follow(request, context.signal);
    },
    describeFeatures: async (_, context) => {
      requireRole(context, controller.clusterId, "broker", "controller", "coordinator");
      return { supportedFeatures: [...servedHere] };
    },
  };
}

/** The stream's end only raises suspicion: the broker may be on its way back. */
async function* brokerSession(
  controller: Controller,
  requests: AsyncIterable<BrokerSessionRequest>,
  context: CallContext,
): AsyncGenerator<SessionResponse> {
  const peer = requireRole(context, controller.clusterId, "broker");
  let session: Session | undefined;
  try {
    for await (const { request } of requests) {
      if (request.case === "register" && session === undefined) {
        if (request.value.brokerId !== peer.nodeId) throw new ApiError("CLUSTER_AUTHORIZATION_FAILED");
        session = await Session.register(controller, request.value);
        yield session.registered;
      } else if (request.case === "heartbeat" && session !== undefined) {
        yield await session.heartbeat(request.value);
      } else {
        throw new ApiError("INVALID_REQUEST", { detail: "A session is one registration, then heartbeats." });
      }
    }
  } finally {
    session?.ended();
  }
}

class Session {
  readonly #controller: Controller;
  readonly #brokerId: number;
  readonly #brokerEpoch: number;
  readonly #closed: () => void;
  /** Where the others must be before this broker may go; undefined while it does not want to. */
  #shutdownOffset: number | undefined;

  static async register(controller: Controller, register: Register): Promise<Session> {
    const { brokerId } = register;
    const origin = { principal: `Broker:${brokerId}`, request: "BrokerRegistration" };
    const { clusterId, sessions } = controller;
    const { brokerEpoch, more } = await controller.write(origin, (state, env) => {
      const isConnected = sessions.isConnected(brokerId);
      const hasLiveSession = sessions.isLive(brokerId);
      return decideRegisterBroker(state, { register, clusterId, hasLiveSession, isConnected }, env);
    });
    requireActive(controller);
    if (more) controller.moveLeaders();
    sessions.touch(brokerId, brokerEpoch);
    return new Session(controller, brokerId, brokerEpoch);
  }

  private constructor(controller: Controller, brokerId: number, brokerEpoch: number) {
    this.#controller = controller;
    this.#brokerId = brokerId;
    this.#brokerEpoch = brokerEpoch;
    this.#closed = controller.sessions.opened(brokerId, brokerEpoch);
  }

  /** Its stream is over. */
  ended(): void {
    this.#closed();
    this.#controller.suspect(this.#brokerId);
  }

  get registered(): SessionResponse {
    const { sessionTimeoutMs, heartbeatIntervalMs } = this.#controller.timing;
    const value = { brokerEpoch: BigInt(this.#brokerEpoch), sessionTimeoutMs, heartbeatIntervalMs };
    return { response: { case: "registered", value } };
  }

  async heartbeat({ appliedOffset, wantFence, wantShutdown }: Heartbeat): Promise<SessionResponse> {
    const { sessions } = this.#controller;
    const heartbeat = {
      brokerId: this.#brokerId,
      brokerEpoch: this.#brokerEpoch,
      appliedOffset: Number(appliedOffset),
      wantFence,
      wantShutdown,
      successorsReady:
        this.#shutdownOffset !== undefined && sessions.othersApplied(this.#brokerId, this.#shutdownOffset),
    };
    const origin = { principal: `Broker:${this.#brokerId}`, request: "BrokerHeartbeat" };
    const outcome = await this.#controller.write(origin, (state) =>
      decideBrokerHeartbeat(state, { ...heartbeat, leadersSettled: this.#controller.leadersSettled }),
    );
    requireActive(this.#controller);
    if (outcome.more) this.#controller.moveLeaders();
    const committedOffset = this.#controller.image.offset;
    if (wantShutdown) this.#shutdownOffset ??= committedOffset;
    if (outcome.shouldShutDown) sessions.end(this.#brokerId);
    else sessions.touch(this.#brokerId, this.#brokerEpoch, heartbeat.appliedOffset);
    const { fenced, shouldShutDown } = outcome;
    return {
      response: {
        case: "heartbeat",
        value: { fenced, shouldShutDown, committedOffset: BigInt(committedOffset) },
      },
    };
  }
}

/** It may have lost the lead between its answer's confirmation and here: sessions end with that, and none may begin after. */
function requireActive({ isActive, activeController }: Controller): void {
  if (!isActive) throw new ApiError("NOT_CONTROLLER", { servedBy: activeController });
}
