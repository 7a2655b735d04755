import { isSameAddress } from "@millrace/runtime";
import type { Endpoint, MemberKey, Voter } from "../entry.ts";
import { memberName } from "../member-key.ts";

/** What a member said of itself, instead of what was recorded of it then. */
interface OwnWord {
  readonly said: Endpoint;
  readonly recorded: Endpoint;
}

/**
 * Where members are reached. A voter set can be of the past, and whoever learns nothing new because its answers go where
 * nobody is keeps it: so what a member says of itself counts, until something new is recorded of it.
 */
export class MemberAddresses {
  #recorded: readonly Voter[] = [];
  readonly #ownWords = new Map<string, OwnWord>();

  /** At the endpoints that count. */
  get members(): readonly Voter[] {
    return this.#recorded.map((member) => {
      const own = this.#ownWords.get(memberName(member));
      return own === undefined ? member : { ...member, endpoint: own.said };
    });
  }

  setMembers(members: readonly Voter[]): void {
    this.#recorded = members;
    const recorded = new Map(members.map((member) => [memberName(member), member.endpoint]));
    for (const [name, own] of this.#ownWords) {
      const now = recorded.get(name);
      if (now === undefined || !isSameAddress(now, own.recorded)) this.#ownWords.delete(name);
    }
  }

  /** A member said where it is. True when that is news; of nobody else is anything kept. */
  heardFrom(member: MemberKey, said: Endpoint): boolean {
    const name = memberName(member);
    const recorded = this.#recorded.find((one) => memberName(one) === name)?.endpoint;
    if (recorded === undefined) return false;
    const before = this.#ownWords.get(name)?.said ?? recorded;
    if (isSameAddress(recorded, said)) this.#ownWords.delete(name);
    else this.#ownWords.set(name, { said, recorded });
    return !isSameAddress(before, said);
  }
}
