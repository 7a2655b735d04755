import type { MetadataRecord } from "@millrace/proto/metadata";
import { ApiError } from "@millrace/runtime";
import type { MetadataDraft } from "../metadata-draft.ts";
import { replayBrokerChange, replayRegisterBroker, replayUnregisterBroker } from "./replay-brokers.ts";
import { replayConfig, replayFeatureLevel, replayProducerIds } from "./replay-configs.ts";
import {
  replayPartitionChange,
  replayPartitionChanges,
  replayPartitions,
  replayRemoveTopic,
  replayTopic,
} from "./replay-topics.ts";

/**
 * The only code that interprets a record: for the active controller's uncommitted state, followers, brokers, and
 * snapshots alike. It asserts what the decision that wrote the record had checked. `offset` is the record's own.
 */
export function replay(draft: MetadataDraft, { record }: MetadataRecord, offset: number): void {
  switch (record.case) {
    case "featureLevel":
      replayFeatureLevel(draft, record.value, offset);
      break;
    case "registerBroker":
      replayRegisterBroker(draft, record.value, offset);
      break;
    case "brokerChange":
      replayBrokerChange(draft, record.value);
      break;
    case "unregisterBroker":
      replayUnregisterBroker(draft, record.value);
      break;
    case "topic":
      replayTopic(draft, record.value);
      break;
    case "partitions":
      replayPartitions(draft, record.value);
      break;
    case "partitionChange":
      replayPartitionChange(draft, record.value);
      break;
    case "partitionChanges":
      replayPartitionChanges(draft, record.value);
      break;
    case "removeTopic":
      replayRemoveTopic(draft, record.value);
      break;
    case "config":
      replayConfig(draft, record.value);
      break;
    case "producerIds":
      replayProducerIds(draft, record.value);
      break;
    case "addVoterAsked":
    case "removeVoterAsked":
    case "moveControllerAsked":
    case "updateVoterAsked":
      break; // for who reads the log: voters are raft's
    case undefined:
      throw new ApiError("UNSUPPORTED_VERSION", {
        detail: `the metadata record at offset ${offset} was written by a newer version of Millrace`,
      });
  }
}
