import type { MetadataState } from "./metadata-state.ts";

const sortedNames = new WeakMap<MetadataState["topicNames"], readonly string[]>();

/**
 * All topic names in the order of their code units, which is Kafka's. Sorted once for each set of topics, however
 * many images share it. For committed states only: a draft's containers still change in place.
 */
export function sortedTopicNames({ topicNames }: Pick<MetadataState, "topicNames">): readonly string[] {
  let names = sortedNames.get(topicNames);
  if (names === undefined) {
    names = [...topicNames.values()].sort();
    sortedNames.set(topicNames, names);
  }
  return names;
}

/** Where `name` is, or would be: the index of the first name that is not below it. */
export function lowerBound(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (names[middle]! < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
