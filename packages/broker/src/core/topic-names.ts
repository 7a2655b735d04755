const TOPIC_NAME = /^[a-zA-Z0-9._-]{1,249}$/;

/** Names of which Kafka's own coordinators keep their logs; clients neither write nor create them. */
const internalTopics: ReadonlySet<string> = new Set([
  "__consumer_offsets",
  "__transaction_state",
  "__share_group_state",
]);

export function isInternalTopic(name: string): boolean {
  return internalTopics.has(name);
}

/** 1 to 249 of `[a-zA-Z0-9._-]`, not "." or "..": what can be a directory's name. */
export function isTopicName(name: string): boolean {
  return TOPIC_NAME.test(name) && name !== "." && name !== "..";
}
