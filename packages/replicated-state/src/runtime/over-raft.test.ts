import { RaftCommitLog, SegmentedRaftStorage, type Voter } from "@millrace/raft";
import { createSimulatedRuntime, type Random, SeededRandom, SimulatedDisk } from "@millrace/runtime";
import { expect, test } from "vitest";
import { PersistentMap } from "../containers/persistent-map.ts";
import type { CommitLog } from "./commit-log.ts";
import { refuse } from "./decision.ts";
import { ReplicatedState } from "./replicated-state.ts";
import { type FlatDraft, flatDrafts, type StateDefinition } from "./state-definition.ts";

/** Money in accounts: a transfer is two records, and half of one would show in the sum. */
interface Bank {
  readonly balances: PersistentMap<number, number>;
  /** Transfers made so far, by number. */
  readonly made: PersistentMap<number, true>;
}
type BankRecord = { readonly account: number; readonly balance: number } | { readonly made: number };

const bank: StateDefinition<Bank, FlatDraft<Bank>, BankRecord> = {
  empty: { balances: PersistentMap.empty(), made: PersistentMap.empty() },
  ...flatDrafts<Bank>(),
  replay(draft, record) {
    if ("made" in record) draft.made = draft.made.set(record.made, true, draft.owner);
    else draft.balances = draft.balances.set(record.account, record.balance, draft.owner);
  },
  *snapshot({ balances, made }) {
    for (const [account, balance] of balances) yield { account, balance };
    for (const number of made.keys()) yield { made: number };
  },
};

const self: Voter = { id: 1, directoryId: "disk-a", endpoint: { host: "localhost", port: 9094 } };
const accounts = 5;
const opening = 100;

async function open(disk: SimulatedDisk) {
  const runtime = createSimulatedRuntime();
  const raft = new RaftCommitLog({
    self,
    bootstrapVoters: [self],
    storage: await SegmentedRaftStorage.open(disk, "metadata", { segmentBytes: 1_000 }),
    runtime,
    limits: { snapshotEveryBytes: 4_000 },
  });
  const log: CommitLog = raft;
  const state = await ReplicatedState.open({
    definition: bank,
    codec: {
      encode: (record: BankRecord): Uint8Array => Buffer.from(JSON.stringify(record)),
      decode: (bytes: Uint8Array): BankRecord => JSON.parse(Buffer.from(bytes).toString()) as BankRecord,
    },
    log,
    runtime,
    clock: runtime.clocks.domain,
    errors: { notLeading: "NOT_CONTROLLER", loading: "NOT_CONTROLLER", overloaded: "NOT_CONTROLLER" },
  });
  await state.untilLeading();
  return { state, runtime, raft };
}

type State = Awaited<ReturnType<typeof open>>["state"];

function transfer(state: State, random: Random, number: number): Promise<void> {
  const [from, to] = [random, random].map((r) => Math.floor(r.fraction() * accounts)) as [number, number];
  const amount = 1 + Math.floor(random.fraction() * 60);
  return state.write(({ balances }) => {
    const left = balances.get(from)! - amount;
    if (left < 0 || from === to) return refuse("INVALID_REQUEST");
    const records: BankRecord[] = [
      { account: from, balance: left },
      { account: to, balance: balances.get(to)! + amount },
      { made: number },
    ];
    return { records, response: undefined };
  });
}

test.each(Array.from({ length: 15 }, (_, seed) => seed))(
  "a bank on raft, with the power cut again and again, loses no transfer and no half of one (seed %i)",
  async (seed) => {
    const random = new SeededRandom(seed);
    let disk = new SimulatedDisk({ random });
    const acknowledged = new Set<number>();
    let number = 0;
    for (let life = 0; life < 5; life++) {
      const { state, runtime } = await open(disk);
      const { balances, made } = state.image.state;
      for (const one of acknowledged) expect(made.has(one)).toBe(true);
      if (balances.size > 0) {
        expect(balances.size).toBe(accounts);
        expect([...balances.values()].reduce((sum, balance) => sum + balance)).toBe(accounts * opening);
      } else {
        await state.write(() => ({
          records: Array.from({ length: accounts }, (_, account) => ({ account, balance: opening })),
          response: undefined,
        }));
      }
      for (let round = 0; round < 40; round++) {
        const mine = number++;
        void transfer(state, random, mine).then(
          () => acknowledged.add(mine),
          () => {},
        );
        for (let i = Math.floor(random.fraction() * 20); i > 0; i--) await Promise.resolve();
      }
      expect(runtime.failures).toEqual([]);
      disk = disk.crash();
    }
    expect(acknowledged.size).toBeGreaterThan(20);
  },
);

test("a voter set that is written amid transfers refuses none of them", async () => {
  const { state, runtime, raft } = await open(new SimulatedDisk({ random: new SeededRandom(1) }));
  await state.write(() => ({
    records: Array.from({ length: accounts }, (_, account) => ({ account, balance: 1_000_000 })),
    response: undefined,
  }));
  const roles: string[] = [];
  state.onRoleChange((role) => roles.push(role));
  const pay = (number: number): Promise<void> =>
    state.write(({ balances }) => ({
      records: [{ account: 0, balance: balances.get(0)! - 1 }, { made: number }],
      response: undefined,
    }));
  const done: Promise<void>[] = [];
  for (let port = 1; port <= 20; port++) {
    done.push(pay(2 * port));
    await new Promise((resolve) => setImmediate(resolve));
    done.push(raft.node.updateVoter({ ...self, endpoint: { host: "localhost", port } }), pay(2 * port + 1));
    await Promise.all(done);
  }
  expect(state.image.state.balances.get(0)).toBe(1_000_000 - 40);
  expect(state.image.state.made.size).toBe(40);
  expect(roles).toEqual([]);
  expect(runtime.failures).toEqual([]);
});
