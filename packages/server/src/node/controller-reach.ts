import type { ControllerAddress } from "@millrace/controller";
import { type ApiError, type Clock, formatAddress, type Logger } from "@millrace/runtime";
import type { CallWatcher } from "./watched-channel.ts";

/** No controller having answered for so long is news, and news again so much later; milliseconds. */
const SILENCE_MS = 2_000;
const REPEAT_MS = 30_000;

export interface ControllerReachOptions {
  /** Of the configuration, without this node itself. */
  readonly addresses: readonly ControllerAddress[];
  /** The config that they come from. */
  readonly config: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Whether the controllers that a node was told of can be reached. While each of them fails it says so now and then, with
 * what may have to be corrected: whoever calls them tries for ever, and does not know whether they exist.
 */
export class ControllerReach {
  readonly #options: ControllerReachOptions;
  readonly #known: ReadonlySet<string>;
  /** Of the known ones, those that failed since one answered. */
  readonly #failing = new Set<string>();
  #failingSinceMs: number | undefined;
  #reportDueMs = Number.NEGATIVE_INFINITY;
  #isReported = false;
  #hasAnswered = false;

  constructor(options: ControllerReachOptions) {
    this.#options = options;
    this.#known = new Set(options.addresses.map(formatAddress));
  }

  get addresses(): readonly ControllerAddress[] {
    return this.#options.addresses;
  }

  /** Whether a controller has ever answered. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** Takes note of the calls to a controller, known or not. */
  watcher(address: ControllerAddress): CallWatcher {
    const authority = formatAddress(address);
    return {
      answered: () => this.#answered(),
      failed: (error) => this.#failed(authority, error),
    };
  }

  #answered(): void {
    this.#hasAnswered = true;
    this.#failingSinceMs = undefined;
    this.#failing.clear();
    if (!this.#isReported) return;
    this.#isReported = false;
    this.#options.logger.info({}, "controllers answer again");
  }

  #failed(authority: string, { detail }: ApiError): void {
    const { clock, logger, config } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#failingSinceMs ??= nowMs;
    if (this.#known.has(authority)) this.#failing.add(authority);
    if (this.#known.size === 0) return; // its own controller told of the others, and no config has to be corrected
    if (this.#failing.size < this.#known.size || nowMs < this.#failingSinceMs + SILENCE_MS) return;
    if (nowMs < this.#reportDueMs) return;
    this.#reportDueMs = nowMs + REPEAT_MS;
    this.#isReported = true;
    logger.warn(
      { controllers: [...this.#known], config, last: `${authority}: ${detail}` },
      "no controller answers: start one, or correct the config that says where they are; trying again",
    );
  }
}
