/** Names of which Kafka's own coordinators keep their logs; clients neither write nor create them. */
const internalTopics: ReadonlySet<string> = new Set([
  "__consumer_offsets",
  "__transaction_state",
  "__share_group_state",
]);

export function isInternalTopic(name: string): boolean {
  return internalTopics.has(name);
}
