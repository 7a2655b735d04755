import { create } from "@bufbuild/protobuf";
import { CreateTopicsRequestSchema } from "@millrace/proto/admin";
import { ApiError } from "@millrace/runtime";
import { expect, test } from "vitest";
import { metadataRecord } from "../image/records.ts";
import { checkMetadata } from "../testing/check-metadata.ts";
import { MetadataRun } from "../testing/metadata-run.ts";
import { heartbeat, registerMessage, startBrokers } from "../testing/register.ts";
import { decideFenceBroker } from "./broker-heartbeat.ts";
import { decideCreateTopics } from "./create-topics.ts";
import { decideFinalizeFeatures } from "./finalize-features.ts";
import {
  decideLeaderChanges,
  LEADER_CHANGES_PER_DECISION_MAX,
  type LeaderCursor,
  PARTITIONS_SEEN_PER_DECISION_MAX,
} from "./partition-leaders.ts";
import { decideRegisterBroker, type RegisterBroker } from "./register-broker.ts";

function withTopic(assignments: readonly number[][], ...brokers: number[]): MetadataRun {
  const run = new MetadataRun();
  run.decide(decideFinalizeFeatures);
  startBrokers(run, ...brokers);
  const topics = [{ name: "t", assignments: assignments.map((brokerIds) => ({ brokerIds })) }];
  const request = create(CreateTopicsRequestSchema, { topics });
  run.decide((state, env) =>
    decideCreateTopics(state, request, { partitions: 1, replicationFactor: 1 }, env),
  );
  return run;
}

const partition = (run: MetadataRun, index = 0) => run.image.topic("t")!.partitions.get(index);

function fence(run: MetadataRun, brokerId: number): void {
  const brokerEpoch = run.state.brokers.get(brokerId)!.epoch;
  run.decide((state) => decideFenceBroker(state, { brokerId, brokerEpoch }));
}

function register(run: MetadataRun, more: Partial<RegisterBroker>): unknown {
  const command = {
    register: registerMessage(1),
    clusterId: "test",
    hasLiveSession: false,
    isConnected: false,
    ...more,
  };
  const outcome = run.decide((state, env) => decideRegisterBroker(state, command, env));
  return outcome instanceof ApiError ? outcome.id : outcome;
}

const otherIncarnation = { incarnationId: new Uint8Array(16).fill(99) };
const otherDirectory = { directoryId: new Uint8Array(16).fill(98) };

test("a fenced broker's partitions go to the next replica in sync", () => {
  const run = withTopic([[1, 2, 3]], 1, 2, 3);
  fence(run, 1);
  expect(partition(run)).toMatchObject({ leader: 2, leaderEpoch: 1, partitionEpoch: 1, isr: [2, 3] });
  fence(run, 2);
  expect(partition(run)).toMatchObject({ leader: 3, leaderEpoch: 2, isr: [3] });
});

test("the last replica in sync is waited for: nobody else has all records", () => {
  const run = withTopic([[1, 2]], 1, 2);
  fence(run, 1);
  fence(run, 2);
  expect(partition(run)).toMatchObject({ leader: -1, isr: [2], leaderEpoch: 2 });
  heartbeat(run, 1);
  expect(run.image.isAlive(1)).toBe(true);
  expect(partition(run).leader).toBe(-1);
  heartbeat(run, 2);
  expect(partition(run)).toMatchObject({ leader: 2, isr: [2], leaderEpoch: 3 });
});

test("a new incarnation takes over at once, without the leaderships of the old one", () => {
  const run = withTopic([[1, 2]], 1, 2);
  const before = run.state.brokers.get(1)!.epoch;
  register(run, { register: registerMessage(1, otherIncarnation), hasLiveSession: true });
  expect(run.state.brokers.get(1)).toMatchObject({ epoch: run.batches.length - 1, fenced: true });
  expect(run.state.brokers.get(1)!.epoch).toBeGreaterThan(before);
  expect(partition(run)).toMatchObject({ leader: 2, isr: [2] });
});

test("a registration that comes late does not unseat who is connected", () => {
  const run = withTopic([[1, 2]], 1, 2);
  const before = run.state.brokers.get(1);
  const late = { register: registerMessage(1, otherIncarnation), hasLiveSession: true, isConnected: true };
  expect(register(run, late)).toBe("DUPLICATE_BROKER_REGISTRATION");
  expect(run.state.brokers.get(1)).toBe(before);
});

test("the same process may register again and keeps its epoch", () => {
  const run = withTopic([[1]], 1);
  const before = run.batches.length;
  expect(register(run, { hasLiveSession: true, isConnected: true })).toEqual({
    brokerEpoch: run.state.brokers.get(1)!.epoch,
    more: false,
  });
  expect(run.batches.length).toBe(before);
});

test("an incarnation that a newer one ended cannot come back", () => {
  const run = withTopic([[1]], 1);
  const old = { ...registerMessage(1), brokerEpoch: BigInt(run.state.brokers.get(1)!.epoch) };
  register(run, { register: registerMessage(1, otherIncarnation), hasLiveSession: true });
  const taken = run.state.brokers.get(1);
  expect(register(run, { register: old })).toBe("STALE_BROKER_EPOCH");
  expect(run.state.brokers.get(1)).toBe(taken);
});

test.each<[string, Partial<RegisterBroker>, string]>([
  ["another cluster's", { clusterId: "other" }, "INCONSISTENT_CLUSTER_ID"],
  [
    "a second broker with the id of a living one",
    { register: registerMessage(1, { ...otherIncarnation, ...otherDirectory }), hasLiveSession: true },
    "DUPLICATE_BROKER_REGISTRATION",
  ],
  [
    "one with the directory of another",
    { register: registerMessage(5, { directoryId: registerMessage(1).directoryId }) },
    "INVALID_REGISTRATION",
  ],
  [
    "one without an incarnation",
    { register: registerMessage(5, { incarnationId: new Uint8Array(16) }) },
    "INVALID_REGISTRATION",
  ],
  ["one without a listener", { register: registerMessage(5, { listeners: [] }) }, "INVALID_REGISTRATION"],
  ["one without a gRPC host", { register: registerMessage(5, { grpcHost: "" }) }, "INVALID_REGISTRATION"],
  ["one at no gRPC port", { register: registerMessage(5, { grpcPort: 0 }) }, "INVALID_REGISTRATION"],
  ["one beyond all ports", { register: registerMessage(5, { grpcPort: 70_000 }) }, "INVALID_REGISTRATION"],
  ...[
    { host: "a b\n\0", port: 9092 },
    { host: "h", port: 70_000 },
  ].map((address): [string, Partial<RegisterBroker>, string] => [
    `one with a listener at ${JSON.stringify(address)}`,
    {
      register: registerMessage(5, { listeners: [{ name: "A", securityProtocol: "PLAINTEXT", ...address }] }),
    },
    "INVALID_REGISTRATION",
  ]),
  [
    "one too old for the features",
    { register: registerMessage(5, { supportedFeatures: [] }) },
    "UNSUPPORTED_VERSION",
  ],
])("%s is refused", (_, command, expected) => {
  expect(register(withTopic([[1]], 1), command)).toBe(expected);
});

test("another directory may take the id of a broker whose session has ended", () => {
  const run = withTopic([[1]], 1);
  const replaced = registerMessage(1, { ...otherIncarnation, ...otherDirectory });
  expect(register(run, { register: replaced })).toMatchObject({ brokerEpoch: run.batches.length - 1 });
});

test("heartbeats of an older epoch, or of a broker nobody knows, are refused", () => {
  const run = withTopic([[1]], 1);
  expect(heartbeat(run, 1, { brokerEpoch: -1 })).toMatchObject({ id: "STALE_BROKER_EPOCH" });
  expect(heartbeat(run, 7)).toMatchObject({ id: "BROKER_ID_NOT_REGISTERED" });
});

test("a broker stays fenced until it has applied its own registration", () => {
  const run = withTopic([[1]], 1);
  register(run, { register: registerMessage(1, otherIncarnation) });
  const { epoch } = run.state.brokers.get(1)!;
  expect(heartbeat(run, 1, { appliedOffset: epoch - 1 })).toMatchObject({ fenced: true });
  expect(heartbeat(run, 1, { appliedOffset: epoch })).toMatchObject({ fenced: false });
});

test("a controlled shutdown waits for the others to learn of the new leaders", () => {
  const run = withTopic(
    [
      [1, 2],
      [2, 1],
    ],
    1,
    2,
  );
  expect(heartbeat(run, 1, { wantShutdown: true })).toMatchObject({ fenced: false, shouldShutDown: false });
  expect(partition(run, 0)).toMatchObject({ leader: 2, isr: [2] });
  expect(partition(run, 1)).toMatchObject({ leader: 2, leaderEpoch: 0, isr: [2] });
  expect(heartbeat(run, 1, { wantShutdown: true })).toMatchObject({ fenced: false, shouldShutDown: false });
  const ready = { wantShutdown: true, successorsReady: true };
  expect(heartbeat(run, 1, { ...ready, leadersSettled: false })).toMatchObject({ fenced: false });
  expect(heartbeat(run, 1, ready)).toMatchObject({
    fenced: true,
    shouldShutDown: true,
  });
});

test("more leader changes than fit into one decision are made in several", () => {
  const count = LEADER_CHANGES_PER_DECISION_MAX + 1;
  const run = withTopic(
    Array.from({ length: count }, () => [1, 2]),
    1,
    2,
  );
  fence(run, 1);
  expect(partition(run, count - 2).leader).toBe(2);
  expect(partition(run, count - 1).leader).toBe(1);
  expect(run.decide((state) => decideLeaderChanges(state, ["t"]))).toBeUndefined();
  expect(partition(run, count - 1)).toMatchObject({ leader: 2, isr: [2] });
  checkMetadata(run.state);
});

test("what one decision cannot look at is left to those that follow", () => {
  const topics = PARTITIONS_SEEN_PER_DECISION_MAX / 10_000 + 1;
  const run = withTopic([[1, 2]], 1, 2, 3);
  for (let i = 0; i < topics; i++) {
    const assignments = Array.from({ length: 10_000 }, () => ({ brokerIds: [2] }));
    const request = create(CreateTopicsRequestSchema, { topics: [{ name: `more-${i}`, assignments }] });
    run.decide((state, env) =>
      decideCreateTopics(state, request, { partitions: 1, replicationFactor: 1 }, env),
    );
  }
  const { epoch: brokerEpoch } = run.state.brokers.get(3)!;
  expect(run.decide((state) => decideFenceBroker(state, { brokerId: 3, brokerEpoch }))).toMatchObject({
    more: true,
  });
  // Too much to look whether anything is left of the old incarnation: whoever makes the changes knows.
  expect(heartbeat(run, 3, { leadersSettled: false })).toMatchObject({ fenced: true, more: false });
  expect(heartbeat(run, 3)).toMatchObject({ fenced: false, more: true });
  const names = [...run.state.topicNames.values()];
  const seen: (LeaderCursor | undefined)[] = [];
  do {
    seen.push(
      run.decide((state) => decideLeaderChanges(state, names, { from: seen.at(-1) })) as
        | LeaderCursor
        | undefined,
    );
  } while (seen.at(-1) !== undefined);
  expect(seen).toHaveLength(2);
});

test("partitions without a leader can go before those that lost a replica in sync", () => {
  const assignments = [
    [1, 2],
    [2, 1],
  ];
  const run = withTopic(assignments, 1, 2);
  const { epoch } = run.state.brokers.get(1)!;
  // As the first decision of a state that is too large for it leaves things.
  run.decide(() => ({
    records: [
      metadataRecord({
        case: "brokerChange",
        value: { brokerId: 1, brokerEpoch: BigInt(epoch), fenced: true },
      }),
    ],
    response: undefined,
  }));
  run.decide((state) => decideLeaderChanges(state, ["t"], { leaderlessOnly: true }));
  expect(partition(run, 0)).toMatchObject({ leader: 2, isr: [2] });
  expect(partition(run, 1)).toMatchObject({ leader: 2, isr: [2, 1], partitionEpoch: 0 });
  run.decide((state) => decideLeaderChanges(state, ["t"]));
  expect(partition(run, 1)).toMatchObject({ leader: 2, isr: [2], leaderEpoch: 0, partitionEpoch: 1 });
});
