import type { Controller } from "@millrace/controller";
import type {
  AppendExpectation,
  CommitLog,
  CommitLogListener,
  CommittedBatch,
  EncodedBatch,
  LogPosition,
} from "@millrace/replicated-state";
import type { MaybePromise, RpcChannel } from "@millrace/runtime";
import type { PlantedBug } from "../raft/quorum-setup.ts";
import { electsFenced, skipsAfterReconnect } from "./broker-bugs.ts";
import type { BrokerPlan } from "./broker-plan.ts";

/** A bug between a controller and its log, or in how it is read. */
export interface PlantedControllerBug extends PlantedBug {
  readonly log?: (log: CommitLog) => CommitLog;
  /** Reads whatever image there is. */
  readonly readsWithoutIndex?: boolean;
  /** Does what a controller should not. */
  readonly controller?: (controller: Controller) => void;
  /** Stands between a broker and the controllers. */
  readonly brokerChannel?: (channel: RpcChannel) => RpcChannel;
  /** Instead of what a seed draws. */
  readonly brokers?: Partial<BrokerPlan>;
}

/** Passes everything on, until a subclass gets something wrong. */
class LogWithBug implements CommitLog {
  protected readonly inner: CommitLog;

  constructor(inner: CommitLog) {
    this.inner = inner;
  }

  get nextOffset(): number {
    return this.inner.nextOffset;
  }

  open(listener: CommitLogListener): Promise<void> {
    return this.inner.open({
      onSnapshot: (position, chunks) => listener.onSnapshot(position, chunks),
      onCommit: (position, batches) => listener.onCommit(position, batches),
      onLead: (epoch, nextOffset) => listener.onLead(epoch, nextOffset),
      onResign: () => listener.onResign(),
      onFail: (error) => listener.onFail(error),
      snapshot: () => listener.snapshot(),
      ...this.spoiled(listener),
    });
  }

  append(batches: readonly EncodedBatch[], expected: AppendExpectation): MaybePromise<void> {
    return this.inner.append(batches, expected);
  }

  span(recordCount: number): number {
    return this.inner.span(recordCount);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  protected spoiled(_listener: CommitLogListener): Partial<CommitLogListener> {
    return {};
  }
}

/** Tells the controller of a commit when the leader has taken the entry. */
class CommitsWhenTaken extends LogWithBug {
  #listener: CommitLogListener | undefined;
  #told: LogPosition = { offset: -1, epoch: 0 };

  override async append(batches: readonly EncodedBatch[], expected: AppendExpectation): Promise<void> {
    await this.inner.append(batches, expected);
    const { epoch, baseOffset } = expected;
    this.#told = { epoch, offset: baseOffset + batches.length - 1 };
    await this.#listener?.onCommit(this.#told, []);
  }

  protected override spoiled(listener: CommitLogListener): Partial<CommitLogListener> {
    this.#listener = listener;
    return {
      onCommit: (position, batches) =>
        position.offset > this.#told.offset ? listener.onCommit(position, batches) : undefined,
    };
  }
}

/** Hands the last batch over once more when the leader changed. */
class AppliesAgain extends LogWithBug {
  #last: readonly CommittedBatch[] = [];
  #epoch = 0;

  protected override spoiled(listener: CommitLogListener): Partial<CommitLogListener> {
    return {
      onCommit: (position, batches) => {
        const again = position.epoch === this.#epoch ? [] : this.#last;
        this.#epoch = position.epoch;
        if (batches.length > 0) this.#last = batches.slice(-1);
        return listener.onCommit(position, [...again, ...batches]);
      },
    };
  }
}

/** A snapshot without the last record. */
class ForgetsInSnapshot extends LogWithBug {
  protected override spoiled(listener: CommitLogListener): Partial<CommitLogListener> {
    return { snapshot: () => withoutLast(listener.snapshot()) };
  }
}

async function* withoutLast(chunks: AsyncIterable<EncodedBatch>): AsyncGenerator<EncodedBatch> {
  for await (const records of chunks) yield records.slice(0, -1);
}

/** Mistakes in how metadata is made of a log, one at a time. */
export const plantedControllerBugs = {
  answersBeforeCommit: { log: (log) => new CommitsWhenTaken(log) },
  appliesAgainUnderNewLeader: { log: (log) => new AppliesAgain(log) },
  snapshotForgetsRecord: { log: (log) => new ForgetsInSnapshot(log) },
  readsWithoutIndex: { readsWithoutIndex: true },
  feedSkipsAfterReconnect: { brokerChannel: skipsAfterReconnect },
  fencedBrokerLeads: { controller: electsFenced },
  sessionsNeverExpire: { brokers: { sessionTimeoutMs: 1_000_000_000, heartbeatIntervalMs: 500 } },
} as const satisfies Record<string, PlantedControllerBug>;

export type PlantedControllerBugName = keyof typeof plantedControllerBugs;
