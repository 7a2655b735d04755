import type { ConfigRecord, FeatureLevelRecord, ProducerIdsRecord } from "@millrace/proto/metadata";
import { assert } from "@millrace/runtime";
import { requireServedLevel } from "../../features.ts";
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

/** Throws UNSUPPORTED_VERSION at a level that this version does not serve: its decision had another version to check it. */
export function replayFeatureLevel(
  draft: MetadataDraft,
  { name, level }: FeatureLevelRecord,
  offset: number,
): void {
  if (level > 0) requireServedLevel(name, level, offset);
  draft.features =
    level === 0 ? draft.features.delete(name, draft.owner) : draft.features.set(name, level, draft.owner);
  draft.changes.features = true;
}

export function replayProducerIds(draft: MetadataDraft, record: ProducerIdsRecord): void {
  const next = Number(record.nextProducerId);
  assert(next >= draft.nextProducerId, "producer ids moved back");
  draft.nextProducerId = next;
}
