import { configResourceOfKey } from "../image/config-resource.ts";
import type { MetadataChanges } from "../image/metadata-changes.ts";
import type { BrokerRegistration, MetadataState, Topic } from "../image/metadata-state.ts";
import type { LoggedImage } from "./images-at.ts";

/** One thing that the log says: of what, and what. */
export interface MetadataFact {
  /** "voter 1", "broker 1", "topic orders", "partition orders-0", "config topic orders retention.ms". Unique at an offset. */
  readonly name: string;
  /** As JSON has it. */
  readonly value: unknown;
}

/** Everything as of an offset, in one order for equal states; with `changes` of the metadata only what they touch. */
export function* metadataFacts(
  { image, voters }: LoggedImage,
  changes?: MetadataChanges,
): Generator<MetadataFact> {
  for (const { id, directoryId, endpoint } of voters.toSorted((a, b) => a.id - b.id)) {
    yield { name: `voter ${id}`, value: { directoryId, ...endpoint } };
  }
  yield* stateFacts(image.state, changes);
}

function* stateFacts(state: MetadataState, changes?: MetadataChanges): Generator<MetadataFact> {
  if (changes === undefined || changes.features) {
    for (const [name, level] of sorted(state.features)) yield { name: `feature ${name}`, value: level };
  }
  for (const [id, broker] of sorted(state.brokers)) {
    if (changes === undefined || changes.brokers.has(id)) {
      yield { name: `broker ${id}`, value: brokerValue(broker) };
    }
  }
  for (const [, topic] of sorted(state.topics)) {
    if (changes === undefined || changes.topics.has(topic.id)) yield* topicFacts(topic, changes);
  }
  for (const [key, configs] of sorted(state.configs)) {
    if (changes !== undefined && !changes.configs.has(key)) continue;
    const { type, name } = configResourceOfKey(key);
    const resource = name === "" ? `${resourceNames[type]}s` : `${resourceNames[type]} ${name}`;
    for (const [config, value] of sorted(configs)) yield { name: `config ${resource} ${config}`, value };
  }
  if (state.nextProducerId > 0) yield { name: "nextProducerId", value: state.nextProducerId };
}

const resourceNames = { 2: "topic", 4: "broker", 16: "clientMetrics", 32: "group" } as const;

function* topicFacts({ id, name, partitions }: Topic, changes?: MetadataChanges): Generator<MetadataFact> {
  yield { name: `topic ${name}`, value: { id, partitions: partitions.count } };
  const touched = changes?.topics.get(id);
  for (let partition = 0; partition < partitions.count; partition++) {
    if (touched !== undefined && !touched.deleted && !touched.partitions.has(partition)) continue;
    yield { name: `partition ${name}-${partition}`, value: partitions.get(partition) };
  }
}

function brokerValue({ id: _, supportedFeatures, ...rest }: BrokerRegistration): unknown {
  const features = supportedFeatures.map(({ name, levelMin, levelMax }) => `${name} ${levelMin}-${levelMax}`);
  return { ...rest, supportedFeatures: features };
}

function sorted<K extends string | number, V>(map: Iterable<[K, V]>): [K, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
