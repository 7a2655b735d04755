import type { Voter } from "@millrace/raft";
import {
  ApiError,
  ExponentialBackoff,
  isSameAddress,
  type RpcChannel,
  type Runtime,
  sleep,
} from "@millrace/runtime";
import { uuidToBytes } from "../image/uuid.ts";
import { controllerClient } from "../quorum-channel/controller-client.ts";
import { RepeatedFailure } from "../repeated-failure.ts";
import { type Connect, dial } from "./connect.ts";
import type { ControllerQuorum } from "./controller-quorum.ts";

/** How often the voter set is looked at while there is nothing to do. */
const LOOK_INTERVAL_MS = 1_000;
const RETRY_MAX_MS = 5_000;

export interface QuorumRegistrationOptions {
  /** This controller, at the address where others shall reach it. */
  readonly self: Voter;
  readonly clusterId: string;
  readonly quorum: { readonly status: Pick<ControllerQuorum["status"], "voters"> };
  /** Reaches the active controller. Whoever made it closes it. */
  readonly channel: RpcChannel;
  readonly connect: Connect;
  /** `controller.quorum.auto.join.enable` (KIP-1186): a controller that is no voter asks to become one. */
  readonly autoJoin: boolean;
  readonly runtime: Pick<Runtime, "clocks" | "random" | "logger">;
}

/**
 * Keeps what the voter set says of this controller true: another address is reported (KIP-853, UpdateRaftVoter), and with
 * `autoJoin` it becomes a voter, in place of the one that its id stood for before its disk was replaced.
 */
export class QuorumRegistration {
  readonly #options: QuorumRegistrationOptions;
  readonly #backoff: ExponentialBackoff;
  readonly #stop = new AbortController();
  readonly #failure: RepeatedFailure;
  #running: Promise<void> | undefined;

  constructor(options: QuorumRegistrationOptions) {
    this.#options = options;
    const { random, logger } = options.runtime;
    this.#failure = new RepeatedFailure(
      logger,
      "the quorum does not take this controller as it is now, trying again",
    );
    this.#backoff = new ExponentialBackoff({ backoffMs: 100, backoffMsMax: RETRY_MAX_MS, random });
  }

  /** Goes on until closed. */
  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort(new ApiError("BROKER_NOT_AVAILABLE", { detail: "this node is shutting down" }));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await sleep(this.#options.runtime.clocks.liveness, await this.#step(signal), signal);
    }
  }

  /** How long to wait before the next. */
  async #step(signal: AbortSignal): Promise<number> {
    try {
      await this.#register(signal);
      this.#backoff.reset();
      this.#failure.over();
      return LOOK_INTERVAL_MS;
    } catch (error) {
      if (!signal.aborted) this.#failure.report(error);
      return this.#backoff.nextMs();
    }
  }

  async #register(signal: AbortSignal): Promise<void> {
    const { self, clusterId, quorum, channel, autoJoin, runtime } = this.#options;
    const { voters } = quorum.status;
    if (voters.length === 0) return; // nothing of the quorum is known yet
    const controllers = controllerClient(channel, runtime.clocks.liveness);
    const request = {
      clusterId,
      nodeId: self.id,
      directoryId: uuidToBytes(self.directoryId),
      ...self.endpoint,
    };
    const known = voters.find(({ id }) => id === self.id);
    if (known?.directoryId === self.directoryId) {
      if (isSameAddress(known.endpoint, self.endpoint)) return;
      await controllers.updateRaftVoter(request, { signal });
      runtime.logger.info({ from: known.endpoint, to: self.endpoint }, "the quorum knows the new address");
      return;
    }
    if (!autoJoin) return;
    if (known !== undefined) {
      await this.#checkGone(known, signal);
      const directoryId = uuidToBytes(known.directoryId);
      await controllers.removeRaftVoter({ clusterId, nodeId: self.id, directoryId }, { signal });
      runtime.logger.info(
        { directoryId: known.directoryId },
        "removed the voter that this controller replaces",
      );
    }
    await controllers.addRaftVoter(request, { signal });
    runtime.logger.info({ voter: self }, "joined the quorum as a voter");
  }

  /** Two controllers with one id would take each other's place for ever. */
  async #checkGone(namesake: Voter, signal: AbortSignal): Promise<void> {
    const { self, connect } = this.#options;
    if (
      isSameAddress(namesake.endpoint, self.endpoint) ||
      (await dial(connect, namesake.endpoint, signal)) !== undefined
    )
      return;
    const { host, port } = namesake.endpoint;
    throw new ApiError("DUPLICATE_VOTER", {
      detail: `another controller with node id ${self.id} answers at ${host}:${port}: give this one an id of its own`,
    });
  }
}
