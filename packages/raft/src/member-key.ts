import type { MemberKey } from "./entry.ts";

export function sameMember(a: MemberKey, b: MemberKey): boolean {
  return a.id === b.id && a.directoryId === b.directoryId;
}

/** As the key of a map. */
export function memberName({ id, directoryId }: MemberKey): string {
  return `${id}/${directoryId}`;
}

/** Without what else `member` holds: messages carry no more than the key. */
export function memberKey({ id, directoryId }: MemberKey): MemberKey {
  return { id, directoryId };
}
