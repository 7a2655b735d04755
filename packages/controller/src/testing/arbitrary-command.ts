import { create } from "@bufbuild/protobuf";
import {
  AlterConfigsRequestSchema,
  CreatePartitionsRequestSchema,
  CreateTopicsRequestSchema,
  DeleteTopicsRequestSchema,
  ConfigAlteration_Operation as Operation,
} from "@millrace/proto/admin";
import fc from "fast-check";
import { decideAllocateProducerIds } from "../decisions/allocate-producer-ids.ts";
import { decideAlterConfigs } from "../decisions/alter-configs.ts";
import { decideBrokerHeartbeat, decideFenceBroker } from "../decisions/broker-heartbeat.ts";
import { decideCreatePartitions } from "../decisions/create-partitions.ts";
import { decideCreateTopics } from "../decisions/create-topics.ts";
import { decideDeleteTopics } from "../decisions/delete-topics.ts";
import { decideFinalizeFeatures } from "../decisions/finalize-features.ts";
import { decideQuorumChangeAsked } from "../decisions/quorum-change-asked.ts";
import { decideRegisterBroker } from "../decisions/register-broker.ts";
import type { MetadataRun } from "./metadata-run.ts";
import { registerMessage } from "./register.ts";

export type Command = (run: MetadataRun) => unknown;

const topicName = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom("a", "b", "a.b", "a_b", "c-1") },
  fc.constantFrom("", "..", "__cluster_metadata", "x".repeat(250), "ümlaut"),
);
const brokerId = fc.integer({ min: 0, max: 3 });
const assignments = fc.array(fc.record({ brokerIds: fc.array(brokerId, { maxLength: 3 }) }), {
  maxLength: 3,
});
const count = fc.option(fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 3 }) }, fc.constant(0)), {
  nil: undefined,
});
const configName = fc.constantFrom(
  "retention.ms",
  "cleanup.policy",
  "segment.bytes",
  "message.max.bytes",
  "no.such",
);
const configValue = fc.constantFrom("", "1", "-1", "1048576", "compact", "delete", "compact,delete", "x");

const createTopics = fc
  .array(
    fc.record({
      name: topicName,
      partitions: count,
      replicationFactor: count,
      assignments: fc.oneof(
        { weight: 3, arbitrary: fc.constant<{ brokerIds: number[] }[]>([]) },
        assignments,
      ),
      configs: fc.oneof(
        fc.constantFrom<Record<string, string>>({}, { "retention.ms": "1" }, { "cleanup.policy": "compact" }),
        fc.dictionary(configName, configValue, { maxKeys: 1 }),
      ),
    }),
    { maxLength: 3 },
  )
  .map(
    (topics): Command =>
      (run) => {
        const init = topics.map(({ partitions, replicationFactor, ...topic }) => ({
          ...topic,
          ...(partitions === undefined ? {} : { partitions }),
          ...(replicationFactor === undefined ? {} : { replicationFactor }),
        }));
        const request = create(CreateTopicsRequestSchema, { topics: init });
        return run.decide((state, env) =>
          decideCreateTopics(state, request, { partitions: 2, replicationFactor: 1 }, env),
        );
      },
  );

const createPartitions = fc
  .array(fc.record({ name: topicName, partitions: fc.integer({ min: 0, max: 8 }), assignments }), {
    maxLength: 2,
  })
  .map(
    (topics): Command =>
      (run) => {
        const request = create(CreatePartitionsRequestSchema, { topics });
        return run.decide((state, env) => decideCreatePartitions(state, request, env));
      },
  );

const deleteTopics = fc.array(fc.oneof(topicName, fc.uint8Array({ maxLength: 16 })), { maxLength: 2 }).map(
  (references): Command =>
    (run) => {
      const request = create(DeleteTopicsRequestSchema, {
        topics: references.map((value) => ({
          reference:
            typeof value === "string"
              ? { case: "name" as const, value }
              : { case: "topicId" as const, value },
        })),
      });
      return run.decide((state) => decideDeleteTopics(state, request));
    },
);

const alterConfigs = fc
  .record({
    type: fc.constantFrom(0, 2, 4, 16, 32),
    name: fc.oneof(topicName, fc.constantFrom("0", "1", "01")),
    replaceAll: fc.boolean(),
    alterations: fc.array(
      fc.record({
        name: configName,
        operation: fc.constantFrom(
          Operation.UNSPECIFIED,
          Operation.SET,
          Operation.DELETE,
          Operation.APPEND,
          Operation.SUBTRACT,
        ),
        value: fc.option(configValue, { nil: undefined }),
      }),
      { maxLength: 2 },
    ),
  })
  .map(
    ({ type, name, replaceAll, alterations }): Command =>
      (run) => {
        const request = create(AlterConfigsRequestSchema, {
          resources: [
            {
              resource: { type, name },
              replaceAll,
              alterations: alterations.map(({ value, ...rest }) => ({
                ...rest,
                ...(value === undefined ? {} : { value }),
              })),
            },
          ],
        });
        return run.decide((state) => decideAlterConfigs(state, request));
      },
  );

const bytes16 = fc.integer({ min: 0, max: 6 }).map((n) => new Uint8Array(16).fill(n));

const registerBroker = fc
  .record({
    id: brokerId,
    directoryId: bytes16,
    incarnationId: bytes16,
    hasLiveSession: fc.boolean(),
    isConnected: fc.boolean(),
  })
  .map(
    ({ id, hasLiveSession, isConnected, ...ids }): Command =>
      (run) =>
        run.decide((state, env) =>
          decideRegisterBroker(
            state,
            {
              register: registerMessage(id, { ...ids, directoryId: ids.directoryId }),
              clusterId: "test",
              hasLiveSession,
              isConnected,
            },
            env,
          ),
        ),
  );

const flags = {
  wantFence: fc.boolean(),
  wantShutdown: fc.boolean(),
  successorsReady: fc.boolean(),
  leadersSettled: fc.boolean(),
};

const heartbeat = fc.record({ id: brokerId, current: fc.boolean(), applied: fc.boolean(), ...flags }).map(
  ({ id, current, applied, ...rest }): Command =>
    (run) => {
      const brokerEpoch = current ? (run.state.brokers.get(id)?.epoch ?? -1) : -2;
      const appliedOffset = applied ? run.batches.length : -1;
      return run.decide((state) =>
        decideBrokerHeartbeat(state, { brokerId: id, brokerEpoch, appliedOffset, ...rest }),
      );
    },
);

const intoService = brokerId.map(
  (id): Command =>
    (run) => {
      const brokerEpoch = run.state.brokers.get(id)?.epoch ?? -1;
      const appliedOffset = run.batches.length;
      const wants = { wantFence: false, wantShutdown: false, successorsReady: false, leadersSettled: true };
      return run.decide((state) =>
        decideBrokerHeartbeat(state, { brokerId: id, brokerEpoch, appliedOffset, ...wants }),
      );
    },
);

const fence = brokerId.map(
  (id): Command =>
    (run) => {
      const brokerEpoch = run.state.brokers.get(id)?.epoch ?? -1;
      return run.decide((state) => decideFenceBroker(state, { brokerId: id, brokerEpoch }));
    },
);

const allocate = brokerId.map(
  (id): Command =>
    (run) => {
      const brokerEpoch = run.state.brokers.get(id)?.epoch ?? -1;
      return run.decide((state) => decideAllocateProducerIds(state, { brokerId: id, brokerEpoch }));
    },
);

const removeVoter = fc.record({ nodeId: brokerId, directoryId: bytes16 }).map(
  (value): Command =>
    (run) =>
      run.decide((state) => decideQuorumChangeAsked(state, { case: "removeVoterAsked", value })),
);

/** Everything a controller can be asked to do, well or badly. */
export const arbitraryCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: registerBroker },
  { weight: 5, arbitrary: intoService },
  { weight: 8, arbitrary: createTopics },
  createPartitions,
  deleteTopics,
  { weight: 2, arbitrary: alterConfigs },
  { weight: 2, arbitrary: heartbeat },
  fence,
  allocate,
  removeVoter,
  fc.constant((run: MetadataRun) => run.decide(decideFinalizeFeatures)),
);
