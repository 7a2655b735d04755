import type { MetadataRecord } from "@millrace/proto/metadata";
import { configResourceOfKey } from "./config-resource.ts";
import type { BrokerRegistration, MetadataState, Topic } from "./metadata-state.ts";
import { partitionTableRecords } from "./partition-records.ts";
import { metadataRecord } from "./records.ts";
import { uuidToBytes } from "./uuid.ts";

/**
 * A state as the records that make it out of nothing. Lazily, and in one order for equal states, so that two nodes
 * write the same snapshot: the order of a persistent map depends on its keys alone.
 */
export function* snapshotRecords(state: MetadataState): Generator<MetadataRecord> {
  for (const [name, level] of sorted(state.features)) {
    yield metadataRecord({ case: "featureLevel", value: { name, level } });
  }
  for (const [, broker] of sorted(state.brokers)) yield registerBrokerRecord(broker);
  for (const topic of state.topics.values()) yield* topicRecords(topic);
  for (const [key, configs] of state.configs) {
    const resource = configResourceOfKey(key);
    for (const [name, value] of sorted(configs)) {
      yield metadataRecord({
        case: "config",
        value: { resourceType: resource.type, resourceName: resource.name, name, value },
      });
    }
  }
  if (state.nextProducerId > 0) {
    yield metadataRecord({
      case: "producerIds",
      value: { brokerId: -1, brokerEpoch: -1n, nextProducerId: BigInt(state.nextProducerId) },
    });
  }
}

export function registerBrokerRecord(broker: BrokerRegistration): MetadataRecord {
  return metadataRecord({
    case: "registerBroker",
    value: {
      brokerId: broker.id,
      directoryId: uuidToBytes(broker.directoryId),
      incarnationId: uuidToBytes(broker.incarnationId),
      listeners: [...broker.listeners],
      grpcHost: broker.grpcHost,
      grpcPort: broker.grpcPort,
      ...(broker.rack === undefined ? {} : { rack: broker.rack }),
      supportedFeatures: [...broker.supportedFeatures],
      brokerEpoch: BigInt(broker.epoch),
      fenced: broker.fenced,
      inControlledShutdown: broker.inControlledShutdown,
    },
  });
}

function* topicRecords({ id, name, partitions }: Topic): Generator<MetadataRecord> {
  yield metadataRecord({ case: "topic", value: { topicId: uuidToBytes(id), name } });
  yield* partitionTableRecords(id, partitions);
}

function sorted<K extends string | number, V>(map: Iterable<[K, V]>): [K, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
