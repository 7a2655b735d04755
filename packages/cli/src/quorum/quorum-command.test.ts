// The command as users run it: a process of its own. What it does to a quorum is tested end to end.
import { expect, test } from "vitest";
import { Command, start } from "../testing/command.ts";

test.each([
  [["describe"], /^millrace: whom to ask\? Give --bootstrap HOST:PORT/],
  [["describe", "--bootstrap", "nowhere"], /^millrace: "nowhere" is not host:port of a gRPC listener/],
  [["describe", "--bootstrap", "127.0.0.1:1"], /^millrace: nothing listens at 127\.0\.0\.1:1 \(--bootstrap /],
  [["add", "four", "--bootstrap", "127.0.0.1:1"], /^millrace: .*Not a node id\./],
  [["add"], /^millrace: missing required argument 'id'/],
  [["remove", "4", "--directory-id", "x"], /^millrace: .*It is 22 characters/],
] as const)("quorum %j is refused in one line", async (args, says) => {
  await using command = new Command(["quorum", ...args]);
  expect([await command.exited, command.stdout, command.stderr]).toEqual([
    1,
    [],
    [expect.stringMatching(says)],
  ]);
});

test("a node of its own describes itself, and is the only voter", async () => {
  await using node = start(["--memory"]);
  const at = ["--bootstrap", await node.address("grpc")];
  await using described = new Command(["quorum", "describe", "--json", ...at]);
  expect([await described.exited, described.stderr]).toEqual([0, []]);
  const { leaderId, voters } = JSON.parse(described.stdout.join(""));
  expect([leaderId, voters]).toMatchObject([1, [{ nodeId: 1, role: "leader", lag: 0 }]]);
  await using removed = new Command(["quorum", "remove", "1", ...at]);
  expect([await removed.exited, removed.stderr]).toEqual([
    1,
    ["millrace: controller 1 is the only voter; add another one before this is removed"],
  ]);
});
