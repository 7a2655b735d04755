import { expect, test } from "vitest";
import type { Voter } from "./entry.ts";
import { decodeVoters, encodeVoters, isVoter } from "./voters.ts";

const voters: readonly Voter[] = [2, 1].map((id) => ({
  id,
  directoryId: `d${id}`,
  endpoint: { host: "h", port: id },
}));

test("a voter set survives, in the order of the ids", () => {
  expect(decodeVoters(encodeVoters(voters)).map((voter) => voter.id)).toEqual([1, 2]);
  expect(encodeVoters(voters)).toEqual(encodeVoters(voters.toReversed()));
});

test.each([
  "",
  "{",
  "null",
  "[]",
  '{"version":1}',
  '{"version":2,"voters":[]}',
  '{"version":1,"voters":[{"id":1}]}',
  '{"version":1,"voters":[null]}',
  '{"version":1,"voters":[{"id":1.5,"directoryId":"d","endpoint":{"host":"h","port":1}}]}',
])("%j is not a voter set", (text) => {
  expect(() => decodeVoters(Buffer.from(text))).toThrow(expect.objectContaining({ code: "BAD_VOTERS" }));
});

test("neither are bytes that are no text", () => {
  expect(() => decodeVoters(Buffer.from([0xff, 0xfe]))).toThrow(
    expect.objectContaining({ code: "BAD_VOTERS" }),
  );
});

test.each([
  { host: "h", port: 0 },
  { host: "h", port: 70_000 },
  { host: "a b\n\0", port: 1 },
])("no voter comes in at %j, and a log that has one stays readable", (endpoint) => {
  const voter: Voter = { id: 3, directoryId: "d3", endpoint };
  expect(isVoter(voter)).toBe(false);
  expect(isVoter({ ...voter, endpoint: { host: "h", port: 1 } })).toBe(true);
  expect(decodeVoters(encodeVoters([voter]))).toEqual([voter]);
});
