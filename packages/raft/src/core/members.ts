import type { MemberKey, Voter } from "../entry.ts";
import { memberName, sameMember } from "../member-key.ts";

const acquaintancesMax = 16;

/** The voter set in force, and a few others that may need answers although they are not in it. */
export class Members {
  readonly #self: MemberKey;
  #voters: readonly Voter[] = [];
  #isVoter = false;
  /** By name, the one heard of last at the end. */
  readonly #acquaintances = new Map<string, Voter>();

  constructor(self: MemberKey) {
    this.#self = self;
  }

  get voters(): readonly Voter[] {
    return this.#voters;
  }

  /** Of this node. */
  get isVoter(): boolean {
    return this.#isVoter;
  }

  vote(voters: readonly Voter[]): void {
    // Who was removed may not know yet, or be the leader until that is committed: it gets answers all the same.
    for (const voter of this.#voters) this.getToKnow(voter);
    this.#voters = voters;
    this.#isVoter = voters.some((voter) => sameMember(voter, this.#self));
  }

  /** Someone outside of the voter set, for a time at least. */
  getToKnow(member: Voter): void {
    const name = memberName(member);
    this.#acquaintances.delete(name);
    this.#acquaintances.set(name, member);
    for (const oldest of this.#acquaintances.keys()) {
      if (this.#acquaintances.size <= acquaintancesMax) break;
      this.#acquaintances.delete(oldest);
    }
  }

  /** With its endpoint, as far as that is known. */
  recordOf(member: MemberKey): Voter | undefined {
    const voter = this.#voters.find((one) => sameMember(one, member));
    return voter ?? this.#acquaintances.get(memberName(member));
  }

  countVoters(names: ReadonlySet<string>): number {
    let count = 0;
    for (const voter of this.#voters) if (names.has(memberName(voter))) count++;
    return count;
  }

  /** Whom the transport has to reach; `learners` of a leader too. What the voter set says of someone counts. */
  everyoneElse(learners: Iterable<Voter>): readonly Voter[] {
    const everyone = new Map(this.#acquaintances);
    for (const member of [...learners, ...this.#voters]) everyone.set(memberName(member), member);
    everyone.delete(memberName(this.#self));
    return [...everyone.values()];
  }
}
