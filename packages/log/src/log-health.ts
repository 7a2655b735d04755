import { ApiError, InvariantViolation, type Runtime } from "@millrace/runtime";

export interface LogHealthOptions {
  /** For the log line. */
  readonly name: string;
  readonly runtime: Pick<Runtime, "logger" | "fail">;
  /** Called once, when the log goes offline. */
  readonly failed: (failure: ApiError) => void;
}

/** Whether a log works. Once its disk has failed it answers `KAFKA_STORAGE_ERROR` for good. */
export class LogHealth {
  readonly #options: LogHealthOptions;
  #failure: ApiError | undefined;
  #closed = false;

  constructor(options: LogHealthOptions) {
    this.#options = options;
  }

  get failure(): ApiError | undefined {
    return this.#failure;
  }

  get isOnline(): boolean {
    return this.#failure === undefined && !this.#closed;
  }

  /** What calls are answered with while the log is not online. */
  get answer(): ApiError {
    return this.#failure ?? new ApiError("KAFKA_STORAGE_ERROR", { detail: "the log is closed" });
  }

  check(): void {
    if (!this.isOnline) throw this.answer;
  }

  close(): void {
    this.#closed = true;
  }

  /** Runs `work`, of which a failure takes the log offline. */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    this.check();
    try {
      return await work();
    } catch (error) {
      throw this.fail(error);
    }
  }

  /** As `guard`, for work that nobody waits for: whoever has to know is told of the failure anyway. */
  inBackground(work: () => Promise<void>): void {
    this.guard(work).catch(() => {});
  }

  /** Takes the log offline for what the disk did; what is an answer to a caller stays one. Returns what to throw. */
  fail(error: unknown): ApiError {
    if (error instanceof ApiError && error.id !== "KAFKA_STORAGE_ERROR") return error;
    if (!this.isOnline) return this.answer;
    const { name, runtime, failed } = this.#options;
    if (error instanceof InvariantViolation) runtime.fail(error);
    const failure = new ApiError("KAFKA_STORAGE_ERROR", { cause: error });
    this.#failure = failure;
    runtime.logger.error({ log: name, error }, "partition goes offline: its disk failed");
    failed(failure);
    return failure;
  }
}
