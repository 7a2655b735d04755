/** Characters of a topic name at most: its partitions' directories must have names a file system takes. */
export const TOPIC_NAME_LENGTH_MAX = 249;

/** Why a name is none for a topic, in Kafka's words; undefined when it is one. */
export function invalidTopicName(name: string): string | undefined {
  if (name === "") return "the empty string is not allowed";
  if (name === ".") return "'.' is not allowed";
  if (name === "..") return "'..' is not allowed";
  if (name.length > TOPIC_NAME_LENGTH_MAX) {
    return `the length of '${name}' is longer than the max allowed length ${TOPIC_NAME_LENGTH_MAX}`;
  }
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
  }
  return undefined;
}

export function canCollide(name: string): boolean {
  return name.includes(".") || name.includes("_");
}

export function collisionKey(name: string): string {
  return name.replaceAll(".", "_");
}
