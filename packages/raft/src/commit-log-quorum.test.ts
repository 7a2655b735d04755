import { createSimulatedRuntime, SimulatedClock } from "@millrace/runtime";
import { afterEach, describe, expect, test } from "vitest";
import { RaftCommitLog, type RaftCommitLogListener } from "./commit-log.ts";
import type { Message } from "./message.ts";
import type { RaftLimits } from "./node/raft-node-options.ts";
import { MemoryRaftStorage } from "./storage/memory-raft-storage.ts";
import { memberVoter } from "./testing/test-quorum.ts";
import { MemoryRaftNetwork } from "./transport/memory-raft-network.ts";

/** The state of one node: records by what the log says, and, while it leads, what it appended itself. */
class Replica implements RaftCommitLogListener {
  readonly lines: string[] = [];
  records: string[] = [];
  leads: { readonly epoch: number; nextOffset: number } | undefined;
  /** Appended here and not known to be committed. */
  #own: { readonly offset: number; readonly record: string }[] = [];

  async onSnapshot(
    position: Parameters<RaftCommitLogListener["onSnapshot"]>[0],
    chunks: AsyncIterable<readonly Uint8Array[]>,
  ): Promise<void> {
    this.records = [];
    for await (const chunk of chunks) this.records.push(...chunk.map(toText));
    this.lines.push(`snapshot ${position.offset}`);
  }

  onCommit(...[position, batches]: Parameters<RaftCommitLogListener["onCommit"]>): void {
    const own = this.#own.filter(({ offset }) => offset <= position.offset);
    this.#own = this.#own.filter(({ offset }) => offset > position.offset);
    this.records.push(
      ...own.map(({ record }) => record),
      ...batches.flatMap(({ records }) => records.map(toText)),
    );
  }

  onLead(epoch: number, nextOffset: number): void {
    this.leads = { epoch, nextOffset };
    this.lines.push(`lead ${epoch}`);
  }

  onResign(): void {
    this.leads = undefined;
    this.#own = [];
    this.lines.push("resign");
  }

  onFail(error: unknown): void {
    this.lines.push(`fail ${error}`);
  }

  snapshot(): AsyncIterable<readonly Uint8Array[]> {
    const records = this.records.map((record) => Buffer.from(record));
    return (async function* () {
      yield records;
    })();
  }

  append(log: RaftCommitLog, record: string): void {
    if (this.leads === undefined) throw new Error("does not lead");
    const { epoch, nextOffset: baseOffset } = this.leads;
    log.append([[Buffer.from(record)]], { epoch, baseOffset });
    this.leads.nextOffset++;
    this.#own.push({ offset: baseOffset, record });
  }
}

function toText(record: Uint8Array): string {
  return Buffer.from(record).toString();
}

class LogQuorum {
  readonly clock = new SimulatedClock();
  readonly replicas: { readonly id: number; readonly log: RaftCommitLog; readonly replica: Replica }[] = [];
  loses: (message: Message) => boolean = () => false;

  static async open(limits: Partial<RaftLimits> = {}): Promise<LogQuorum> {
    const quorum = new LogQuorum();
    const network = new MemoryRaftNetwork({
      deliver: (message, run) => {
        if (!quorum.loses(message)) quorum.clock.setTimer(1, run);
      },
    });
    const bootstrapVoters = [1, 2, 3].map((id) => memberVoter(id));
    for (const self of bootstrapVoters) {
      const runtime = createSimulatedRuntime({ clock: quorum.clock, seed: self.id });
      const [storage, transport] = [new MemoryRaftStorage(), network.transport(self)];
      const log = new RaftCommitLog({ self, bootstrapVoters, storage, transport, runtime, limits });
      const replica = new Replica();
      await log.open(replica);
      quorum.replicas.push({ id: self.id, log, replica });
    }
    return quorum;
  }

  async until(condition: () => boolean): Promise<void> {
    for (let ms = 0; ms < 5_000; ms++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (condition()) return;
      this.clock.advance(1);
    }
    throw new Error("it never came to that");
  }

  async leader(except?: number) {
    const leading = () =>
      this.replicas.find(({ id, replica }) => id !== except && replica.leads !== undefined);
    await this.until(() => leading() !== undefined);
    return leading()!;
  }

  isolate(id: number): void {
    this.loses = ({ from, to }) => (from.id === id) !== (to.id === id);
  }

  async close(): Promise<void> {
    const closed = this.replicas.map(({ log }) => log.close());
    let isDone = false;
    void Promise.all(closed).then(() => {
      isDone = true;
    });
    await this.until(() => isDone);
  }
}

let quorum: LogQuorum;
afterEach(() => quorum.close());

const allHave = (records: string) => () =>
  quorum.replicas.every(({ replica }) => replica.records.join("") === records);

describe("a commit log on several voters", () => {
  test("leads on one, and everyone gets the same records", async () => {
    quorum = await LogQuorum.open();
    const { log, replica } = await quorum.leader();
    for (const record of ["a", "b", "c"]) replica.append(log, record);
    await quorum.until(allHave("abc"));
    expect(quorum.replicas.flatMap(({ replica: { lines } }) => lines)).toEqual(["lead 1"]);
  });

  test("resigns where the quorum is lost, in the same term, and what was not committed goes", async () => {
    quorum = await LogQuorum.open();
    const old = await quorum.leader();
    old.replica.append(old.log, "a");
    await quorum.until(allHave("a"));
    quorum.isolate(old.id);
    old.replica.append(old.log, "lost");
    const next = await quorum.leader(old.id);
    next.replica.append(next.log, "b");
    await quorum.until(() => old.replica.leads === undefined);
    expect(old.log.node.status.term).toBe(1);
    expect(() => old.log.append([[Buffer.from("x")]], { epoch: 1, baseOffset: 5 })).toThrow(
      expect.objectContaining({ code: "NOT_LEADER" }),
    );
    quorum.loses = () => false;
    await quorum.until(allHave("ab"));
    expect(old.replica.lines).toEqual(["lead 1", "resign"]);
  });

  test("hands what a leader appended and did not see committed to itself, as anybody's", async () => {
    quorum = await LogQuorum.open();
    const old = await quorum.leader();
    // The others get the entry; their answers are lost.
    quorum.loses = ({ type, to }) => type === "appendResponse" && to.id === old.id;
    old.replica.append(old.log, "kept");
    await quorum.until(() => old.replica.leads === undefined);
    quorum.loses = () => false;
    const next = await quorum.leader();
    next.replica.append(next.log, "!");
    await quorum.until(allHave("kept!"));
  });

  test("counts anew when raft writes a voter set of its own", async () => {
    quorum = await LogQuorum.open();
    const { log, replica, id } = await quorum.leader();
    replica.append(log, "a");
    await quorum.until(allHave("a"));
    const moved = quorum.replicas.find((other) => other.id !== id)!;
    const voter = { ...memberVoter(moved.id), endpoint: { host: "elsewhere", port: moved.id } };
    void log.node.updateVoter(voter);
    expect(() => replica.append(log, "b")).toThrow(expect.objectContaining({ code: "UNEXPECTED_INDEX" }));
    await quorum.until(() => replica.leads !== undefined);
    replica.append(log, "b");
    await quorum.until(() => replica.records.join("") === "ab");
    expect(replica.lines).toEqual(["lead 1", "resign", "lead 1"]);
  });

  test("gives a follower that is far behind a snapshot while it runs", async () => {
    quorum = await LogQuorum.open({ snapshotEveryBytes: 1_000, tailBytesMax: 200 });
    const { log, replica, id } = await quorum.leader();
    replica.append(log, "-");
    await quorum.until(allHave("-"));
    const behind = quorum.replicas.find((other) => other.id !== id)!;
    quorum.isolate(behind.id);
    for (let i = 0; i < 50; i++) replica.append(log, "x");
    await quorum.until(() => replica.records.length === 51);
    quorum.loses = () => false;
    await quorum.until(allHave(`-${"x".repeat(50)}`));
    expect(behind.replica.lines.some((line) => line.startsWith("snapshot "))).toBe(true);
    replica.append(log, "!");
    await quorum.until(allHave(`-${"x".repeat(50)}!`));
  });
});
