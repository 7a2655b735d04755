import { SeededRandom } from "@millrace/runtime";
import { describe, expect, test } from "vitest";
import type { Entry, HardState, Voter } from "../entry.ts";
import type { StoredState } from "../storage/raft-storage.ts";
import { decodeVoters, encodeVoters } from "../voters.ts";
import type { Effects } from "./effects.ts";
import { RaftCore } from "./raft-core.ts";

const me: Voter = { id: 1, directoryId: "disk-a", endpoint: { host: "localhost", port: 9094 } };
const other: Voter = { id: 2, directoryId: "disk-b", endpoint: { host: "localhost", port: 9095 } };

const nothing: StoredState = {
  hardState: { term: 0, votedFor: undefined },
  snapshot: undefined,
  firstIndex: 1,
  lastIndex: 0,
  termStarts: [],
  votersEntries: [],
};

function start(stored: Partial<StoredState> = {}, bootstrapVoters: readonly Voter[] = [me]): RaftCore {
  return new RaftCore({
    self: { id: me.id, directoryId: me.directoryId },
    bootstrapVoters,
    stored: { ...nothing, ...stored },
    random: new SeededRandom(1),
    electionTicks: 10,
  });
}

/** Reports that all of `effects` is on the disk. */
function persisted(core: RaftCore, { persist }: Effects): void {
  const last = persist?.entries.at(-1);
  core.step({
    type: "persisted",
    hardState: persist?.hardState,
    last,
    truncations: persist?.truncations ?? 0,
  });
}

function lead(core: RaftCore): Effects {
  persisted(core, core.takeEffects());
  return core.takeEffects();
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const outline = (entries: readonly Entry[] = []): string[] =>
  entries.map((e) => `${e.index}/${e.term} ${e.kind}`);

describe("election of a single voter (Raft paper, 5.2)", () => {
  test("it campaigns at once: increments its term and votes for itself", () => {
    const core = start();
    expect(core.role.name).toBe("candidate");
    expect(core.takeEffects()).toMatchObject({
      persist: { hardState: { term: 1, votedFor: 1 }, entries: [] },
      roleChanged: true,
    });
  });

  test("it does not lead before its vote is on the disk", () => {
    const core = start();
    core.takeEffects();
    expect(core.role.name).toBe("candidate");
    core.step({ type: "persisted", hardState: { term: 1, votedFor: 1 }, last: undefined, truncations: 0 });
    expect(core.role.name).toBe("leader");
    expect(core.leader?.id).toBe(1);
  });

  test("every start is a new term, so that it never votes twice in one", () => {
    const hardState: HardState = { term: 7, votedFor: 2 };
    expect(start({ hardState }).takeEffects().persist?.hardState).toEqual({ term: 8, votedFor: 1 });
  });

  test("a slow disk does not make it campaign again", () => {
    const core = start();
    core.takeEffects();
    for (let i = 0; i < 100; i++) core.step({ type: "tick" });
    expect(core.term).toBe(1);
    expect(core.takeEffects().persist).toBeUndefined();
  });

  test("a vote of an earlier term elects nobody", () => {
    const core = start({ hardState: { term: 4, votedFor: 1 } });
    core.step({ type: "persisted", hardState: { term: 4, votedFor: 1 }, last: undefined, truncations: 0 });
    expect(core.role.name).toBe("candidate");
  });
});

describe("a new leader", () => {
  test("appends a no-op of its term, and the voter set where the log has none", () => {
    const { persist } = lead(start());
    expect(outline(persist?.entries)).toEqual(["1/1 noop", "2/1 voters"]);
    expect(decodeVoters(persist!.entries[1]!.payload)).toEqual([me]);
  });

  test("appends after what it finds, and leaves the voter set alone", () => {
    const core = start({
      hardState: { term: 3, votedFor: 1 },
      lastIndex: 9,
      termStarts: [{ term: 3, firstIndex: 1 }],
      votersEntries: [{ index: 2, term: 3, kind: "voters", payload: encodeVoters([me]) }],
    });
    expect(outline(lead(core).persist?.entries)).toEqual(["10/4 noop"]);
  });

  test("takes the voter set of its snapshot over the configured one", () => {
    const core = start(
      {
        hardState: { term: 3, votedFor: 1 },
        snapshot: { index: 5, term: 3, voters: [me] },
        firstIndex: 6,
        lastIndex: 5,
      },
      [other],
    );
    expect(core.voters).toEqual([me]);
    expect(core.commitIndex).toBe(5);
    expect(outline(lead(core).persist?.entries)).toEqual(["6/4 noop"]);
  });
});

describe("commitment (5.3, 5.4.2)", () => {
  test("an entry is committed once a majority, here the leader, has it on disk", () => {
    const core = start();
    const opening = lead(core);
    expect(opening.applyThrough).toBeUndefined();
    persisted(core, opening);
    expect(core.takeEffects().applyThrough).toBe(2);
    expect(core.propose([bytes("a"), bytes("b")])).toBe(3);
    const effects = core.takeEffects();
    expect(outline(effects.persist?.entries)).toEqual(["3/1 data", "4/1 data"]);
    expect(effects.applyThrough).toBeUndefined();
    persisted(core, effects);
    expect(core.takeEffects().applyThrough).toBe(4);
  });

  test("entries of an earlier term are committed only through one of this term", () => {
    const core = start({
      hardState: { term: 1, votedFor: 1 },
      lastIndex: 3,
      termStarts: [{ term: 1, firstIndex: 1 }],
    });
    const opening = lead(core);
    core.step({ type: "persisted", hardState: undefined, last: { index: 3, term: 1 }, truncations: 0 });
    expect(core.takeEffects().applyThrough).toBeUndefined();
    persisted(core, opening);
    expect(core.takeEffects().applyThrough).toBe(5);
  });

  test("a write may be reported in pieces, and never moves the commit beyond it", () => {
    const core = start();
    lead(core);
    core.propose([bytes("a")]);
    core.step({ type: "persisted", hardState: undefined, last: { index: 1, term: 1 }, truncations: 0 });
    expect(core.takeEffects().applyThrough).toBe(1);
    core.step({ type: "persisted", hardState: undefined, last: { index: 3, term: 1 }, truncations: 0 });
    expect(core.takeEffects().applyThrough).toBe(3);
  });
});

describe("reads (8)", () => {
  test("wait for the no-op of the term, then see all that is committed", () => {
    const core = start();
    const opening = lead(core);
    expect(core.readIndex(1)).toBe(true);
    expect(core.takeEffects().confirmedReads).toEqual([]);
    persisted(core, opening);
    expect(core.takeEffects().confirmedReads).toEqual([{ token: 1, index: 2 }]);
    expect(core.readIndex(2)).toBe(true);
    expect(core.takeEffects().confirmedReads).toEqual([{ token: 2, index: 2 }]);
  });

  test("and proposals are for leaders", () => {
    const core = start();
    expect(core.readIndex(1)).toBe(false);
    expect(core.propose([bytes("a")])).toBeUndefined();
    expect(core.takeEffects().persist?.entries).toEqual([]);
  });
});

test("effects are handed out once", () => {
  const core = start();
  lead(core);
  expect(core.takeEffects()).toEqual({
    members: undefined,
    persist: undefined,
    sendNow: [],
    contacts: [],
    readEntries: [],
    readSnapshots: [],
    endSnapshots: [],
    snapshotChunks: [],
    installSnapshot: undefined,
    restore: undefined,
    applyThrough: undefined,
    confirmedReads: [],
    campaignAfter: undefined,
    roleChanged: false,
  });
});

test("ticks are needed until it leads", () => {
  const core = start();
  expect(core.needsTicks).toBe(true);
  lead(core);
  expect(core.needsTicks).toBe(false);
});

test("messages from outside of the voter set change nothing", () => {
  const core = start();
  lead(core);
  const last = { index: 100, term: 99 };
  core.step({
    type: "message",
    message: { type: "voteRequest", from: other, to: me, term: 99, last, transfer: false },
  });
  expect(core.term).toBe(1);
  expect(core.role.name).toBe("leader");
  expect(core.takeEffects().sendNow).toEqual([]);
});

describe("a voter set that this node cannot serve is refused", () => {
  const refused = (voters: readonly Voter[]) => () => start({}, voters);

  test("a set without it, where nobody could reach it as a learner, also when only its disk was replaced", () => {
    expect(refused([other])).toThrow(expect.objectContaining({ code: "NOT_A_VOTER" }));
    expect(refused([{ ...me, directoryId: "wiped" }])).toThrow(
      expect.objectContaining({ code: "NOT_A_VOTER" }),
    );
  });

  test("a voter set that cannot be read", () => {
    const broken: Entry = { index: 1, term: 1, kind: "voters", payload: bytes('{"version":2}') };
    const stored = { hardState: { term: 1, votedFor: 1 }, lastIndex: 1, votersEntries: [broken] };
    expect(() => start(stored)).toThrow(expect.objectContaining({ code: "BAD_VOTERS" }));
  });
});
