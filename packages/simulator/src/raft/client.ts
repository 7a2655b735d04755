import { RaftError, type RaftErrorCode, type RaftNode } from "@millrace/raft";
import { type Random, randomBelow } from "@millrace/runtime";
import type { RaftObserver } from "../checks/raft-observer.ts";
import type { OpenCall } from "../linearizability/object-history.ts";
import type { RegisterHistory } from "../linearizability/register-history.ts";
import type { RegisterInput, RegisterOutput } from "../linearizability/register-model.ts";
import type { World } from "../world/world.ts";
import type { ClientHabits } from "./client-habits.ts";
import { type Command, encodeCommand } from "./command.ts";
import type { Caller } from "./guest.ts";
import type { QuorumNode } from "./quorum-node.ts";
import type { RegisterGuest } from "./register-guest.ts";

type Node = QuorumNode<RegisterGuest>;

interface ClientOptions {
  readonly name: string;
  readonly world: World;
  readonly watch: RaftObserver;
  readonly history: RegisterHistory;
  readonly habits: ClientHabits;
  readonly nodes: () => readonly Node[];
  readonly leader: () => Node | undefined;
  /** What a command did, once it was applied somewhere. */
  readonly takeOutput: (id: string) => RegisterOutput | undefined;
}

/** Where nobody leads, asking again at once would only fill the transcript. */
const backOffMs = 50;

/** After these nobody knows what became of a proposal; after any other refusal it was not taken. */
const unknownFate: ReadonlySet<RaftErrorCode> = new Set(["LEADERSHIP_LOST", "STOPPED"]);

/** Calls one thing after the other: writes, compare-and-sets, reads, at the leader or at any node. */
export class Client implements Caller {
  readonly #options: ClientOptions;
  readonly #random: Random;
  /** What it last knew of each register. */
  readonly #seen = new Map<string, string>();
  #calls = 0;
  #isIdle = true;
  #isDone = false;
  #waitMs = 0;
  #trusted: Node | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#random = options.world.random.fork(options.name);
  }

  /** No call is on its way. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  start(): void {
    this.#isDone = false;
    this.#think();
  }

  /** Waits at least so long between calls from now on. */
  slowDown(waitMs: number): void {
    this.#waitMs = waitMs;
  }

  /** After the call that is on its way. */
  stop(): void {
    this.#isDone = true;
  }

  #think(waitMs = this.#waitMs): void {
    const { world, habits } = this.#options;
    world.after(waitMs + this.#random.fraction() * habits.thinkMsMax, () => {
      if (!this.#isDone) this.#call();
    });
  }

  #call(): void {
    const at = this.#chooseNode();
    const node = at?.node;
    if (at === undefined || node === undefined) {
      this.#think();
      return;
    }
    this.#calls += 1;
    const { history } = this.#options;
    const key = history.nameAt(randomBelow(this.#random, 1_000));
    const input = this.#choose(key);
    const call = this.#begin(at, key, input);
    const id = this.#id;
    // A stalled process hears of the call when it goes on, perhaps after it was given up and others were made.
    at.machine.process?.enter(() => {
      if (input.kind === "read") this.#read(at, node, { key, call });
      else this.#propose(node, { id, key, input }, call);
    });
  }

  /** The one that answered last, as long as it does; else the one that leads; now and then any. */
  #chooseNode(): Node | undefined {
    const { nodes, leader, habits } = this.#options;
    const stray = this.#random.fraction() < habits.strayRate;
    const known = stray ? undefined : (this.#trusted ?? leader());
    if (known?.node !== undefined) return known;
    const all = nodes().filter(({ node }) => node !== undefined);
    return all[randomBelow(this.#random, Math.max(1, all.length))];
  }

  get #id(): string {
    return `${this.#options.name}.${this.#calls}`;
  }

  #choose(key: string): RegisterInput {
    const { readRate, compareAndSetRate } = this.#options.habits;
    const luck = this.#random.fraction();
    if (luck < readRate) return { kind: "read" };
    const value = this.#id;
    const expected = this.#seen.get(key);
    if (luck > readRate + compareAndSetRate || expected === undefined || expected === "")
      return { kind: "write", value };
    return { kind: "compareAndSet", expected, value };
  }

  /** A call that ends once: with what comes first, an answer or the timeout. */
  #begin(at: Node, key: string, input: RegisterInput): OpenCall<RegisterOutput> {
    const { world, history, habits, name } = this.#options;
    const id = this.#id;
    world.note(`${name} calls ${id} ${input.kind} ${key}`);
    const call = history.call(name, key, input);
    this.#isIdle = false;
    const end = (what: string, how: () => void, next: { trusted?: Node; waitMs?: number } = {}): void => {
      if (this.#isIdle || this.#id !== id) return;
      this.#isIdle = true;
      this.#trusted = next.trusted;
      world.note(`${id} ${what}`);
      how();
      if (!this.#isDone) this.#think(next.waitMs);
    };
    world.after(habits.timeoutMs, () => end("timed out", () => call.lost()));
    return {
      answered: (output) =>
        end(`answered ${JSON.stringify(output)}`, () => call.answered(output), { trusted: at }),
      lost: () => end("lost", () => call.lost(), { waitMs: backOffMs }),
      refused: () => end("refused", () => call.refused(), { waitMs: backOffMs }),
    };
  }

  #read(
    at: Node,
    node: RaftNode,
    { key, call }: { readonly key: string; readonly call: OpenCall<RegisterOutput> },
  ): void {
    const registers = at.guest?.registers;
    node.readIndex().then(
      () => {
        const value = registers?.read(key) ?? "";
        this.#seen.set(key, value);
        call.answered({ value });
      },
      () => call.lost(),
    );
  }

  #propose(node: RaftNode, command: Command, call: OpenCall<RegisterOutput>): void {
    const { watch, takeOutput, habits } = this.#options;
    const payload = encodeCommand(command, randomBelow(this.#random, habits.paddingMax + 1));
    const content = Buffer.from(payload).toString("latin1");
    node.propose([payload]).then(
      ({ firstIndex }) => {
        watch.acknowledged?.({ index: firstIndex, content });
        const output = takeOutput(command.id);
        if (command.input.kind === "write" || output?.wrote) this.#seen.set(command.key, command.input.value);
        call.answered(command.input.kind === "write" ? {} : output);
      },
      (error: unknown) => {
        if (!(error instanceof RaftError) || unknownFate.has(error.code)) return call.lost();
        watch.refusedCall?.(content);
        call.refused();
      },
    );
  }
}
