import type { ConfigRecord, FeatureLevelRecord, ProducerIdsRecord } from "@millrace/proto/metadata";
import { assert } from "@millrace/runtime";
import { type ConfigResource, configResourceKey, isConfigResourceType } from "../config-resource.ts";
import type { MetadataDraft } from "../metadata-draft.ts";

export function replayConfig(draft: MetadataDraft, record: ConfigRecord): void {
  assert(isConfigResourceType(record.resourceType), "a config of an unknown kind of resource");
  const resource: ConfigResource = { type: record.resourceType, name: record.resourceName };
  const key = configResourceKey(resource);
  const configs = new Map(draft.configs.get(key));
  if (record.value === undefined) configs.delete(record.name);
  else configs.set(record.name, record.value);
  draft.configs =
    configs.size === 0
      ? draft.configs.delete(key, draft.owner)
      : draft.configs.set(key, configs, draft.owner);
  draft.changes.configChanged(resource);
}

export function replayFeatureLevel(draft: MetadataDraft, record: FeatureLevelRecord): void {
  draft.features =
    record.level === 0
      ? draft.features.delete(record.name, draft.owner)
      : draft.features.set(record.name, record.level, draft.owner);
  draft.changes.features = true;
}

export function replayProducerIds(draft: MetadataDraft, record: ProducerIdsRecord): void {
  const next = Number(record.nextProducerId);
  assert(next >= draft.nextProducerId, "producer ids moved back");
  draft.nextProducerId = next;
}
