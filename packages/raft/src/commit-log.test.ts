import { createSimulatedRuntime } from "@millrace/runtime";
import { describe, expect, test } from "vitest";
import { RaftCommitLog, type RaftCommitLogListener } from "./commit-log.ts";
import type { Voter } from "./entry.ts";
import type { RaftLimits } from "./node/raft-node-options.ts";
import { MemoryRaftStorage } from "./storage/memory-raft-storage.ts";

const me: Voter = { id: 1, directoryId: "disk-a", endpoint: { host: "localhost", port: 9094 } };

/** Writes down what the log says, a line a call. */
class Transcript implements RaftCommitLogListener {
  readonly lines: string[] = [];
  readonly records: string[] = [];
  readonly leads = Promise.withResolvers<void>();

  async onSnapshot(
    position: Parameters<RaftCommitLogListener["onSnapshot"]>[0],
    chunks: AsyncIterable<readonly Uint8Array[]>,
  ): Promise<void> {
    for await (const chunk of chunks) this.records.push(...chunk.map(toText));
    this.lines.push(`snapshot ${position.offset}@${position.epoch}`);
  }

  onCommit(...[position, batches]: Parameters<RaftCommitLogListener["onCommit"]>): void {
    const texts = batches.map((b) => `${b.baseOffset}@${b.epoch}[${b.records.map(toText).join()}]`);
    for (const batch of batches) this.records.push(...batch.records.map(toText));
    this.lines.push(["commit", `${position.offset}@${position.epoch}`, ...texts].join(" "));
  }

  onLead(epoch: number, nextOffset: number): void {
    this.lines.push(`lead ${epoch} from ${nextOffset}`);
    this.leads.resolve();
  }

  onResign(): void {
    this.lines.push("resign");
  }

  onFail(error: unknown): void {
    this.lines.push(`fail ${error}`);
  }

  async *snapshot(): AsyncGenerator<readonly Uint8Array[]> {
    yield this.records.map((record) => Buffer.from(record));
  }
}

function toText(record: Uint8Array): string {
  return Buffer.from(record).toString();
}

async function open(storage: MemoryRaftStorage, limits: Partial<RaftLimits> = {}) {
  const runtime = createSimulatedRuntime();
  const log = new RaftCommitLog({ self: me, bootstrapVoters: [me], storage, runtime, limits });
  const transcript = new Transcript();
  await log.open(transcript);
  await transcript.leads.promise;
  return { log, transcript, runtime };
}

const batch = (...records: readonly string[]): readonly Uint8Array[] => records.map((r) => Buffer.from(r));

describe("raft as a commit log", () => {
  test("leads once its own entries are committed, and leaves out what the listener wrote", async () => {
    const { log, transcript } = await open(new MemoryRaftStorage());
    log.append([batch("a", "b"), batch("c")], { epoch: 1, baseOffset: 3 });
    await log.node.readIndex();
    await log.close();
    expect(transcript.lines).toEqual(["commit 2@1", "lead 1 from 3", "commit 4@1"]);
  });

  test("hands over what an earlier life wrote, a batch an offset", async () => {
    const storage = new MemoryRaftStorage();
    const first = await open(storage);
    first.log.append([batch("a", "b"), batch("c")], { epoch: 1, baseOffset: 3 });
    await first.log.close();
    const { log, transcript } = await open(storage);
    await log.close();
    const lines = transcript.lines.join("\n");
    expect(lines).toContain("3@1[a,b] 4@1[c]");
    expect(transcript.lines.at(-1)).toBe("lead 2 from 6");
  });

  test("restores a snapshot and goes on behind it", async () => {
    const storage = new MemoryRaftStorage();
    const first = await open(storage);
    first.log.append([batch("a")], { epoch: 1, baseOffset: 3 });
    await first.log.close();
    const second = await open(storage, { snapshotEveryBytes: 1 });
    await second.log.close();
    expect(storage.initial.snapshot).toMatchObject({ index: 3, term: 1 });
    const third = await open(storage);
    await third.log.close();
    expect(third.transcript.lines).toEqual(["snapshot 3@1", "commit 4@2", "commit 5@3", "lead 3 from 6"]);
    expect(third.transcript.records).toEqual(["a"]);
  });

  test("tells the listener and the runtime when the disk fails", async () => {
    const storage = new MemoryRaftStorage();
    const { log, transcript, runtime } = await open(storage);
    const failure = new Error("disk is gone");
    storage.persist = () => Promise.reject(failure);
    log.append([batch("a")], { epoch: 1, baseOffset: 3 });
    await log.close();
    expect(transcript.lines.at(-1)).toBe("fail Error: disk is gone");
    expect(runtime.failures).toEqual([failure]);
  });

  test("refuses whoever expects another epoch or another end of the log", async () => {
    const { log, transcript } = await open(new MemoryRaftStorage());
    const append = (epoch: number, baseOffset: number) => () =>
      log.append([batch("a")], { epoch, baseOffset });
    expect(append(2, 3)).toThrow(expect.objectContaining({ code: "UNEXPECTED_TERM" }));
    // Raft's own entries may come between; the writer then begins again from where the log is.
    expect(append(1, 4)).toThrow(expect.objectContaining({ code: "UNEXPECTED_INDEX" }));
    expect(transcript.lines.slice(-2)).toEqual(["resign", "lead 1 from 3"]);
    append(1, 3)();
    await log.close();
    expect(append(1, 4)).toThrow(expect.objectContaining({ code: "STOPPED" }));
  });
});
