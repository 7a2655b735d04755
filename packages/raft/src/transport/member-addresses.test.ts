import { expect, test } from "vitest";
import type { Voter } from "../entry.ts";
import { MemberAddresses } from "./member-addresses.ts";

const at = (id: number, host: string): Voter => ({
  id,
  directoryId: `d${id}`,
  endpoint: { host, port: 9094 },
});
const endpoint = (host: string) => ({ host, port: 9094 });

function addresses(...members: readonly Voter[]) {
  const known = new MemberAddresses();
  known.setMembers(members);
  return { known, hosts: () => known.members.map((member) => member.endpoint.host) };
}

test("what a member says of itself counts more than what is recorded of it", () => {
  const { known, hosts } = addresses(at(1, "a"), at(2, "b"));
  expect(known.heardFrom(at(1, "a"), endpoint("moved"))).toBe(true);
  expect(hosts()).toEqual(["moved", "b"]);
  expect(known.heardFrom(at(1, "a"), endpoint("moved"))).toBe(false);
  known.setMembers([at(1, "a"), at(2, "b"), at(3, "c")]);
  expect(hosts()).toEqual(["moved", "b", "c"]);
});

test("something new that is recorded counts more than what was said before", () => {
  const { known, hosts } = addresses(at(1, "a"));
  known.heardFrom(at(1, "a"), endpoint("moved"));
  known.setMembers([at(1, "elsewhere")]);
  expect(hosts()).toEqual(["elsewhere"]);
  known.setMembers([at(1, "a")]);
  expect(hosts()).toEqual(["a"]);
});

test("a member can come back to where it is recorded", () => {
  const { known, hosts } = addresses(at(1, "a"));
  known.heardFrom(at(1, "a"), endpoint("moved"));
  expect(known.heardFrom(at(1, "a"), endpoint("a"))).toBe(true);
  expect(hosts()).toEqual(["a"]);
});

test("nothing is kept of who is no member, or no more", () => {
  const { known, hosts } = addresses(at(1, "a"));
  expect(known.heardFrom(at(9, "z"), endpoint("z"))).toBe(false);
  known.heardFrom(at(1, "a"), endpoint("moved"));
  known.setMembers([]);
  known.setMembers([at(1, "a")]);
  expect(hosts()).toEqual(["a"]);
});
