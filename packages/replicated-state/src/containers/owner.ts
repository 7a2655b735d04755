/**
 * The right to change nodes in place. A batch makes one, writes containers with it, and drops it: from then on nobody
 * can change what it built. A node that belongs to another owner is copied before it is written, once.
 */
export class Owner {
  // Makes the class nominal: no other object may pass for an owner.
  readonly #owner = true;

  static is(value: unknown): value is Owner {
    return typeof value === "object" && value !== null && #owner in value;
  }
}
