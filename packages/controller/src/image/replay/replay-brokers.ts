import type {
  BrokerChangeRecord,
  RegisterBrokerRecord,
  UnregisterBrokerRecord,
} from "@millrace/proto/metadata";
import { assert } from "@millrace/runtime";
import type { MetadataDraft } from "../metadata-draft.ts";
import { uuidFromBytes } from "../uuid.ts";

export function replayRegisterBroker(
  draft: MetadataDraft,
  record: RegisterBrokerRecord,
  offset: number,
): void {
  const epoch = Number(record.brokerEpoch);
  assert(epoch <= offset, "a broker epoch lies above its record");
  assert(epoch > (draft.brokers.get(record.brokerId)?.epoch ?? -1), "a broker epoch did not grow");
  draft.brokers = draft.brokers.set(
    record.brokerId,
    {
      id: record.brokerId,
      epoch,
      directoryId: uuidFromBytes(record.directoryId),
      incarnationId: uuidFromBytes(record.incarnationId),
      listeners: record.listeners.map(({ name, securityProtocol, host, port }) => ({
        name,
        securityProtocol,
        host,
        port,
      })),
      grpcHost: record.grpcHost,
      grpcPort: record.grpcPort,
      rack: record.rack,
      supportedFeatures: record.supportedFeatures.map(({ name, levelMin, levelMax }) => ({
        name,
        levelMin,
        levelMax,
      })),
      fenced: record.fenced,
      inControlledShutdown: record.inControlledShutdown,
    },
    draft.owner,
  );
  draft.changes.brokers.add(record.brokerId);
}

export function replayBrokerChange(draft: MetadataDraft, record: BrokerChangeRecord): void {
  const broker = draft.brokers.get(record.brokerId);
  assert(broker !== undefined, "a change of a broker that is not registered");
  assert(broker.epoch === Number(record.brokerEpoch), "a change of an older broker epoch");
  draft.brokers = draft.brokers.set(
    broker.id,
    {
      ...broker,
      fenced: record.fenced ?? broker.fenced,
      inControlledShutdown: record.inControlledShutdown ?? broker.inControlledShutdown,
    },
    draft.owner,
  );
  draft.changes.brokers.add(broker.id);
}

export function replayUnregisterBroker(draft: MetadataDraft, record: UnregisterBrokerRecord): void {
  const broker = draft.brokers.get(record.brokerId);
  assert(broker !== undefined, "a removal of a broker that is not registered");
  assert(broker.epoch === Number(record.brokerEpoch), "a removal of an older broker epoch");
  draft.brokers = draft.brokers.delete(broker.id, draft.owner);
  draft.changes.brokers.add(broker.id);
}
