import { create } from "@bufbuild/protobuf";
import { CreateTopicsRequestSchema } from "@millrace/proto/admin";
import { Owner } from "@millrace/replicated-state";
import { expect, test } from "vitest";
import { supportedFeatures } from "../features.ts";
import { metadataRecord } from "../image/records.ts";
import { uuidToBytes } from "../image/uuid.ts";
import { MetadataRun } from "../testing/metadata-run.ts";
import { heartbeat, registerMessage, startBrokers } from "../testing/register.ts";
import { decideCreateTopics } from "./create-topics.ts";
import { decideFinalizeFeatures } from "./finalize-features.ts";
import { decideRegisterBroker } from "./register-broker.ts";

/** Two partitions on 1, 2 and 3; of the first, 2 leads and is in sync alone, and 1 and 3 are eligible. */
function withElr(): MetadataRun {
  const run = new MetadataRun();
  run.decide(decideFinalizeFeatures);
  startBrokers(run, 1, 2, 3);
  const assignments = [{ brokerIds: [2, 1, 3] }, { brokerIds: [2, 1, 3] }];
  const request = create(CreateTopicsRequestSchema, { topics: [{ name: "t", assignments }] });
  run.decide((state, env) =>
    decideCreateTopics(state, request, { partitions: 1, replicationFactor: 1 }, env),
  );
  const change = metadataRecord({
    case: "partitionChange",
    value: {
      topicId: uuidToBytes(run.image.topic("t")!.id),
      partition: 0,
      isr: { brokerIds: [2] },
      elr: { brokerIds: [1, 3] },
    },
  });
  run.decide(() => ({ records: [change], response: undefined }));
  // As when this version served it.
  const features = run.state.features.set("eligible.leader.replicas.version", 1, new Owner());
  run.state = { ...run.state, features };
  return run;
}

function registerAgain(run: MetadataRun, previousBrokerEpoch: number): void {
  const register = registerMessage(1, {
    incarnationId: new Uint8Array(16).fill(99),
    previousBrokerEpoch: BigInt(previousBrokerEpoch),
    supportedFeatures: [
      ...supportedFeatures,
      { name: "eligible.leader.replicas.version", levelMin: 0, levelMax: 1 },
    ],
  });
  run.decide((state, env) =>
    decideRegisterBroker(
      state,
      { register, clusterId: "test", hasLiveSession: true, isConnected: false },
      env,
    ),
  );
}

const elr = (run: MetadataRun) => run.image.topic("t")!.partitions.elr(0);

test("who comes back from a clean shutdown of its last epoch stays eligible", () => {
  const run = withElr();
  registerAgain(run, run.state.brokers.get(1)!.epoch);
  heartbeat(run, 1);
  expect(elr(run)).toEqual([1, 3]);
});

test.each([
  ["crashed", () => -1],
  ["had shut down cleanly in an earlier life only", (epoch: number) => epoch - 1],
])("who %s may have lost records, and is eligible no more", (_, previous) => {
  const run = withElr();
  const before = run.batches.length;
  registerAgain(run, previous(run.state.brokers.get(1)!.epoch));
  expect(run.batches.length).toBe(before + 1);
  expect(elr(run)).toEqual([3]);
  const second = run.image.topic("t")!.partitions.get(1);
  expect(second).toMatchObject({ leader: 2, isr: [2, 3], elr: [] });
});
