import { assert, type Random } from "@millrace/runtime";
import type { Endpoint, Entry, LogIndex, SnapshotId, Voter } from "../../entry.ts";
import { memberName } from "../../member-key.ts";
import type { JoinRequest, JoinResponse, Message, SnapshotChunk } from "../../message.ts";
import type { ConfirmedRead, Effects, Input, Persist, ReadSnapshot } from "../effects.ts";
import { RaftCore } from "../raft-core.ts";
import type { RaftCoreOptions } from "../raft-core-options.ts";
import { CoreDisk, type DiskSnapshot } from "./core-disk.ts";

type Write = { readonly persist: Persist } | { readonly install: DiskSnapshot };

const snapshotPieceBytes = 20;

export interface CoreNodeWorld {
  send(messages: readonly Message[]): void;
  contact(endpoint: Endpoint, message: JoinRequest | JoinResponse): void;
}

/** A core with a disk that a test holds in its hands, and a state machine: the list of what was applied. */
export class CoreNode {
  readonly voter: Voter;
  readonly options: Omit<RaftCoreOptions, "stored" | "random" | "self">;
  readonly disk: CoreDisk;
  readonly core: RaftCore;
  readonly reads: ConfirmedRead[] = [];
  /** Taken by the writer, and not on the disk yet. */
  writes: Write[] = [];
  /** What was applied: index, term and text of `data` entries. */
  state: string[] = [];
  appliedIndex: LogIndex;
  campaignAfter: Effects["campaignAfter"];
  members: readonly Voter[] = [];
  /** Writes wait until the test asks for them. */
  holdsWrites = false;
  readonly #world: CoreNodeWorld;
  #receiving: { readonly name: string; bytes: number[] } = { name: "", bytes: [] };
  readonly #sending = new Map<string, DiskSnapshot>();
  readonly #inputs: Input[] = [];

  constructor(
    voter: Voter,
    world: CoreNodeWorld,
    random: Random,
    options: Omit<RaftCoreOptions, "stored" | "random" | "self">,
    disk = new CoreDisk(),
  ) {
    this.voter = voter;
    this.options = options;
    this.disk = disk;
    this.#world = world;
    this.appliedIndex = disk.snapshot?.id.index ?? 0;
    if (disk.snapshot !== undefined) this.#restore(disk.snapshot);
    this.core = new RaftCore({
      ...options,
      self: voter,
      endpoint: voter.endpoint,
      stored: disk.initial,
      random,
    });
    this.pump();
  }

  step(input: Input): void {
    this.core.step(input);
    this.pump();
  }

  propose(text: string): LogIndex | undefined {
    const index = this.core.propose([Buffer.from(text)]);
    this.pump();
    return index;
  }

  pump(): void {
    for (;;) {
      this.#carryOut(this.core.takeEffects());
      const input = this.#inputs.shift();
      if (input !== undefined) this.core.step(input);
      else if (this.writes.length === 0 || this.holdsWrites) return;
      else this.#write();
    }
  }

  /** Brings the oldest write to the disk. */
  write(): void {
    if (this.writes.length === 0) return;
    this.#write();
    this.pump();
  }

  /** What a state machine does now and then. */
  compact(): void {
    if (this.appliedIndex === (this.disk.snapshot?.id.index ?? 0)) return;
    const bytes = Buffer.from(JSON.stringify(this.state));
    this.disk.save({ id: this.core.snapshotId(this.appliedIndex), bytes });
    this.step({ type: "compacted", firstIndex: this.appliedIndex + 1 });
  }

  #write(): void {
    const write = this.writes.shift();
    assert(write !== undefined, "nothing to write");
    if ("install" in write) {
      this.disk.install(write.install);
      this.#inputs.push({ type: "snapshotInstalled", snapshot: write.install.id, installed: true });
      return;
    }
    const { persist } = write;
    this.disk.persist(persist);
    this.#world.send(persist.thenSend);
    const { hardState, truncations, entries } = persist;
    this.#inputs.push({ type: "persisted", hardState, last: entries.at(-1), truncations });
  }

  #carryOut(effects: Effects): void {
    if (effects.members !== undefined) this.members = effects.members;
    if (effects.persist !== undefined) this.writes.push({ persist: effects.persist });
    this.#world.send(effects.sendNow);
    for (const { endpoints, message } of effects.contacts) {
      for (const endpoint of endpoints) this.#world.contact(endpoint, message);
    }
    for (const { to, from, through } of effects.readEntries) {
      const entries = this.disk.read(from, Math.min(through, from + 2));
      this.#inputs.push({ type: "entriesRead", to, entries });
    }
    for (const member of effects.endSnapshots) this.#sending.delete(memberName(member));
    for (const read of effects.readSnapshots) this.#readSnapshot(read);
    for (const chunk of effects.snapshotChunks) this.#receiveChunk(chunk);
    if (effects.installSnapshot !== undefined) this.#install(effects.installSnapshot);
    if (effects.restore !== undefined && this.disk.snapshot !== undefined) this.#restore(this.disk.snapshot);
    if (effects.applyThrough !== undefined) this.#apply(effects.applyThrough);
    this.reads.push(...effects.confirmedReads);
    if (effects.campaignAfter !== undefined) this.campaignAfter = effects.campaignAfter;
  }

  #readSnapshot({ to, snapshot, offset }: ReadSnapshot): void {
    const latest = this.disk.snapshot;
    assert(latest !== undefined, "no snapshot for a follower that needs one");
    const source = snapshot === undefined ? latest : this.#sending.get(memberName(to));
    assert(source !== undefined, "a snapshot that is being sent was closed");
    this.#sending.set(memberName(to), source);
    const bytes = source.bytes.subarray(offset, offset + snapshotPieceBytes);
    const last = offset + bytes.length === source.bytes.length;
    this.#inputs.push({ type: "snapshotRead", to, piece: { snapshot: source.id, offset, bytes, last } });
  }

  #receiveChunk(chunk: SnapshotChunk): void {
    const { snapshot, from, offset, bytes, last } = chunk;
    const name = `${snapshot.index}/${snapshot.term} of ${memberName(from)}`;
    if (this.#receiving.name !== name) this.#receiving = { name, bytes: [] };
    const received = this.#receiving.bytes;
    const fits = received.length === offset;
    if (fits) received.push(...bytes);
    const status = fits && last ? "whole" : "receiving";
    this.#inputs.push({ type: "snapshotReceived", chunk, status, offset: received.length });
  }

  #install(id: SnapshotId): void {
    this.writes.push({ install: { id, bytes: Buffer.from(this.#receiving.bytes) } });
    this.#receiving = { name: "", bytes: [] };
  }

  #restore({ id, bytes }: DiskSnapshot): void {
    this.state = JSON.parse(Buffer.from(bytes).toString()) as string[];
    this.appliedIndex = id.index;
  }

  #apply(through: LogIndex): void {
    while (this.appliedIndex < through) {
      const from = this.appliedIndex + 1;
      const entries = this.core.recentEntries(from, through, 100) ?? this.disk.read(from, through);
      assert(entries.length > 0, "a committed entry is nowhere");
      for (const entry of entries) this.#applyOne(entry);
    }
    this.core.applied(through);
  }

  #applyOne({ index, term, kind, payload }: Entry): void {
    assert(index === this.appliedIndex + 1, "applied out of order");
    this.appliedIndex = index;
    if (kind === "data") this.state.push(`${index}/${term} ${Buffer.from(payload).toString()}`);
  }
}
