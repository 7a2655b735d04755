import { SeededRandom } from "@millrace/runtime";
import { afterEach, describe, expect, test } from "vitest";
import { memberVoter, TestQuorum } from "../testing/test-quorum.ts";

let quorum: TestQuorum;
afterEach(() => quorum.stop());

const text = (value: string): readonly Uint8Array[] => [Buffer.from(value)];
const texts = () => [...quorum.members.values()].map(({ machine }) => machine.texts.join(" "));
const others = (id: number) => [...quorum.members.values()].filter(({ voter }) => voter.id !== id);

describe("three voters", () => {
  test("apply what the leader proposes, in one order", async () => {
    quorum = await TestQuorum.start([1, 2, 3]);
    const { node } = await quorum.leader();
    await quorum.during(Promise.all(["a", "b", "c"].map((value) => node.propose(text(value)))));
    await quorum.pass(5);
    expect(texts()).toEqual(["a b c", "a b c", "a b c"]);
  });

  test("say who leads when another one is asked", async () => {
    quorum = await TestQuorum.start([1, 2, 3]);
    const { voter } = await quorum.leader();
    await quorum.pass(100);
    for (const { node } of others(voter.id)) {
      await expect(node.propose(text("a"))).rejects.toMatchObject({ code: "NOT_LEADER", leader: voter });
      expect(node.status).toMatchObject({ role: "follower", leader: voter, members: [] });
    }
  });

  test("send one request for what is proposed in one turn", async () => {
    quorum = await TestQuorum.start([1, 2, 3]);
    const { node } = await quorum.leader();
    await quorum.during(node.propose(text("first")));
    const sizes: number[] = [];
    quorum.loses = (message) => {
      if (message.type === "appendRequest" && message.entries.length > 0) sizes.push(message.entries.length);
      return false;
    };
    await quorum.during(Promise.all(Array.from({ length: 50 }, () => node.propose(text("x")))));
    expect(sizes).toEqual([50, 50]);
  });

  test("tell how far everyone is", async () => {
    quorum = await TestQuorum.start([1, 2, 3]);
    const { voter, node } = await quorum.leader();
    await quorum.during(node.propose(text("a")));
    await quorum.pass(200);
    const { members, lastIndex } = node.status;
    expect(members.map(({ id }) => id).sort()).toEqual([1, 2, 3]);
    expect(members[0]).toMatchObject({ ...voter, isVoter: true, lag: 0, sinceContactMs: 0 });
    for (const member of members) {
      expect(member).toMatchObject({ isVoter: true, matchIndex: lastIndex, lag: 0 });
      expect(member.sinceContactMs).toBeLessThanOrEqual(60);
      expect(member.sinceCaughtUpMs).toBeLessThanOrEqual(60);
    }
  });
});

describe("reads", () => {
  test("of any node see what was acknowledged before", async () => {
    quorum = await TestQuorum.start([1, 2, 3]);
    const { voter, node } = await quorum.leader();
    await quorum.pass(100);
    for (const value of ["a", "b", "c"]) {
      const { lastIndex } = await quorum.during(node.propose(text(value)));
      for (const follower of others(voter.id)) {
        expect(await quorum.during(follower.node.readIndex())).toBeGreaterThanOrEqual(lastIndex);
        expect(follower.machine.texts.at(-1)).toBe(value);
      }
    }
  });

  test("are refused where no leader is known, and by one that lost its quorum", async () => {
    quorum = await TestQuorum.start([1, 2, 3]);
    const { voter, node } = await quorum.leader();
    await quorum.pass(100);
    quorum.isolate(voter.id);
    await expect(quorum.during(node.readIndex())).rejects.toMatchObject({ code: "NOT_LEADER" });
    await expect(node.readIndex()).rejects.toMatchObject({ code: "NOT_LEADER", leader: undefined });
    quorum.heal();
  });
});

describe("a leader that is gone", () => {
  test("is replaced in tens of milliseconds when its port refuses", async () => {
    quorum = await TestQuorum.start([1, 2, 3]);
    const { voter, node } = await quorum.leader();
    await quorum.during(node.propose(text("a")));
    await quorum.pass(100);
    await quorum.kill(voter.id);
    for (const { node: other } of others(voter.id)) void other.readIndex().catch(() => {});
    const ms = await quorum.until(() => others(0).some((other) => other.node.status.role === "leader"));
    expect(ms).toBeLessThan(150);
    const next = await quorum.leader();
    await quorum.during(next.node.propose(text("b")));
    await quorum.pass(5);
    expect(texts()).toEqual(["a b", "a b"]);
  });

  test("takes what it proposed alone with it: its callers hear that the outcome is unknown", async () => {
    quorum = await TestQuorum.start([1, 2, 3]);
    const { voter, node } = await quorum.leader();
    await quorum.during(node.propose(text("a")));
    quorum.isolate(voter.id);
    const lost = [1, 2, 3].map((i) => node.propose(text(`lost ${i}`)));
    const outcomes = Promise.allSettled(lost);
    await quorum.until(() => others(voter.id).some((other) => other.node.status.role === "leader"));
    const next = others(voter.id).find((other) => other.node.status.role === "leader");
    await quorum.during(next!.node.propose(text("b")));
    for (const outcome of await quorum.during(outcomes)) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "LEADERSHIP_LOST" } });
    }
    quorum.heal();
    await quorum.pass(300);
    expect(texts()).toEqual(["a b", "a b", "a b"]);
  });

  test("hears in one message that it was deposed and that others were committed in the place of its own", async () => {
    quorum = await TestQuorum.start([1, 2, 3]);
    const { voter, node } = await quorum.leader();
    await quorum.during(node.propose(text("a")));
    await quorum.pass(50); // then it notices later than the others that it is alone
    quorum.isolate(voter.id);
    const outcomes = Promise.allSettled([node.propose(text("lost"))]);
    await quorum.until(() => others(voter.id).some((other) => other.node.status.role === "leader"));
    const next = others(voter.id).find((other) => other.node.status.role === "leader");
    await quorum.during(Promise.all(["b", "c"].map((value) => next!.node.propose(text(value)))));
    expect(node.status.role).toBe("leader");
    quorum.heal();
    expect(await quorum.during(outcomes)).toMatchObject([
      { status: "rejected", reason: { code: "LEADERSHIP_LOST" } },
    ]);
    await quorum.pass(300);
    expect(texts()).toEqual(["a b c", "a b c", "a b c"]);
  });

  test("that stops hands over first: nobody waits for an election timeout", async () => {
    quorum = await TestQuorum.start([1, 2, 3]);
    const { voter, node } = await quorum.leader();
    await quorum.pass(100);
    const proposals = ["a", "b"].map((value) => node.propose(text(value)));
    const stopped = node.stop();
    const ms = await quorum.until(() =>
      others(voter.id).some((other) => other.node.status.role === "leader"),
    );
    expect(ms).toBeLessThan(20);
    await quorum.during(Promise.all([stopped, ...proposals]));
    quorum.members.delete(voter.id);
    await quorum.pass(100);
    expect(texts()).toEqual(["a b", "a b"]);
  });
});

describe("leadership", () => {
  test("moves to the voter that is named", async () => {
    quorum = await TestQuorum.start([1, 2, 3]);
    const { voter, node } = await quorum.leader();
    await quorum.during(node.propose(text("a")));
    const target = others(voter.id)[1]!;
    await quorum.during(node.transferLeadership(target.voter));
    await quorum.during(target.node.untilLeading());
    await expect(node.transferLeadership()).rejects.toMatchObject({ code: "NOT_LEADER" });
    await quorum.during(target.node.propose(text("b")));
  });

  test("stays where it is when the target does not answer, or is none", async () => {
    quorum = await TestQuorum.start([1, 2, 3]);
    const { voter, node } = await quorum.leader();
    await quorum.pass(100);
    const target = others(voter.id)[0]!.voter;
    quorum.isolate(target.id);
    const moved = node.transferLeadership(target);
    await expect(node.propose(text("a"))).rejects.toMatchObject({ code: "NOT_LEADER", leader: target });
    await expect(quorum.during(moved)).rejects.toMatchObject({ code: "TRANSFER_FAILED" });
    await expect(node.transferLeadership(memberVoter(9))).rejects.toMatchObject({ code: "UNKNOWN_VOTER" });
    await quorum.during(node.propose(text("b")));
    quorum.heal();
  });
});

describe("members", () => {
  test("a node that is no voter joins as a learner, and becomes a voter once it has caught up", async () => {
    quorum = await TestQuorum.start([1, 2, 3]);
    const { node } = await quorum.leader();
    for (let i = 0; i < 20; i++) await quorum.during(node.propose(text(`${i}`)));
    await expect(node.addVoter(memberVoter(4))).rejects.toMatchObject({ code: "NOT_CAUGHT_UP" });
    const learner = await quorum.open(4);
    await quorum.until(() => learner.machine.texts.length === 20);
    await quorum.pass(100);
    expect(node.status.members.at(-1)).toMatchObject({ id: 4, isVoter: false, lag: 0 });
    await quorum.during(node.addVoter(learner.voter));
    expect(node.status.voters.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    await expect(node.addVoter(memberVoter(4, "other"))).rejects.toMatchObject({ code: "DUPLICATE_VOTER" });
    await quorum.pass(50);
    expect(learner.node.status.voters.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    expect(await quorum.during(learner.node.readIndex())).toBeGreaterThan(20);
  });

  test("a wiped voter comes back as another one", async () => {
    quorum = await TestQuorum.start([1, 2, 3]);
    const leader = await quorum.leader();
    await quorum.during(leader.node.propose(text("a")));
    const wiped = others(leader.voter.id)[0]!.voter;
    await quorum.kill(wiped.id);
    const again = await quorum.open(wiped.id, undefined, "new disk");
    await quorum.until(() => again.machine.texts.length === 1);
    await quorum.during(leader.node.removeVoter(wiped));
    await quorum.during(leader.node.addVoter(again.voter));
    expect(leader.node.status.voters).toHaveLength(3);
    expect(leader.node.status.voters).toContainEqual(again.voter);
    await expect(leader.node.removeVoter(wiped)).rejects.toMatchObject({ code: "UNKNOWN_VOTER" });
  });

  test("a leader that removes itself hands over, and follows as a learner", async () => {
    quorum = await TestQuorum.start([1, 2, 3]);
    const { voter, node, machine } = await quorum.leader();
    await quorum.pass(100);
    await quorum.during(node.removeVoter(voter));
    await quorum.until(() => others(voter.id).some((other) => other.node.status.role === "leader"));
    const next = others(voter.id).find((other) => other.node.status.role === "leader")!;
    expect(next.node.status.voters).toHaveLength(2);
    await quorum.during(next.node.propose(text("a")));
    await quorum.until(() => machine.texts.length === 1);
    expect(node.status.role).toBe("follower");
  });

  test("the last voter stays", async () => {
    quorum = await TestQuorum.start([1]);
    const { node, voter } = await quorum.leader();
    await quorum.during(node.readIndex());
    await expect(node.removeVoter(voter)).rejects.toMatchObject({ code: "LAST_VOTER" });
  });

  test("one change at a time", async () => {
    quorum = await TestQuorum.start([1, 2, 3]);
    const { node, voter } = await quorum.leader();
    await quorum.during(node.readIndex());
    const [first, second] = others(voter.id);
    const removed = node.removeVoter(first!.voter);
    await expect(node.removeVoter(second!.voter)).rejects.toMatchObject({ code: "CHANGE_IN_PROGRESS" });
    await quorum.during(removed);
  });
});

describe("a follower that is far behind", () => {
  const limits = { snapshotEveryBytes: 2_000, tailBytesMax: 500, snapshotPieceBytes: 200 };

  test("gets a snapshot while it runs, a piece at a time, and what follows it", async () => {
    quorum = await TestQuorum.start([1, 2, 3], { limits });
    const leader = await quorum.leader();
    await quorum.during(leader.node.propose(text("early")));
    await quorum.pass(50);
    const behind = others(leader.voter.id)[0]!;
    quorum.isolate(behind.voter.id);
    for (let i = 0; i < 100; i++) await quorum.during(leader.node.propose(text(`entry ${i}`)));
    const pieces: number[] = [];
    quorum.loses = (message) => {
      if (message.type === "snapshotChunk" && message.bytes.length > 0) pieces.push(message.bytes.length);
      return false;
    };
    await quorum.until(() => behind.machine.texts.length === 101);
    expect(pieces.length).toBeGreaterThan(3);
    expect(Math.max(...pieces)).toBeLessThanOrEqual(200);
    expect(behind.machine.restoredAt.length).toBe(1);
    expect(behind.machine.texts).toEqual(leader.machine.texts);
    await quorum.during(leader.node.propose(text("late")));
    await quorum.pass(10);
    expect(behind.machine.texts.at(-1)).toBe("late");
  });

  test("gets it all the same when pieces are lost", async () => {
    quorum = await TestQuorum.start([1, 2, 3], { limits });
    const leader = await quorum.leader();
    const behind = others(leader.voter.id)[0]!;
    quorum.isolate(behind.voter.id);
    for (let i = 0; i < 100; i++) await quorum.during(leader.node.propose(text(`entry ${i}`)));
    const random = new SeededRandom(1);
    quorum.loses = ({ type }) => type.startsWith("snapshot") && random.fraction() < 0.3;
    await quorum.until(() => behind.machine.texts.length === 100);
    expect(behind.machine.texts).toEqual(leader.machine.texts);
    quorum.heal();
  });

  test("learners too", async () => {
    quorum = await TestQuorum.start([1, 2, 3], { limits });
    const leader = await quorum.leader();
    for (let i = 0; i < 100; i++) await quorum.during(leader.node.propose(text(`entry ${i}`)));
    const learner = await quorum.open(4);
    await quorum.until(() => learner.machine.texts.length === 100);
    expect(learner.machine.restoredAt.length).toBe(1);
    expect(learner.node.status.voters.map(({ id }) => id)).toEqual([1, 2, 3]);
  });
});

test("the same seed gives the same transcript", async () => {
  const run = async (): Promise<readonly string[]> => {
    quorum = await TestQuorum.start([1, 2, 3]);
    const lines: string[] = [];
    quorum.loses = ({ type, from, to, term }) => {
      lines.push(`${quorum.clock.monotonicMs()} ${type} ${from.id}>${to.id} ${term}`);
      return lines.length % 17 === 0;
    };
    const { voter, node } = await quorum.leader();
    await quorum.during(node.propose(text("a")));
    quorum.isolate(voter.id);
    await quorum.pass(500);
    quorum.heal();
    await quorum.pass(300);
    lines.push(...[...quorum.members.values()].map((member) => JSON.stringify(member.node.status)));
    await quorum.stop();
    return lines;
  };
  expect(await run()).toEqual(await run());
});
