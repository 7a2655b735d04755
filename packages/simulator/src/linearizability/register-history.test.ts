import { expect, test } from "vitest";
import { RegisterHistory } from "./register-history.ts";

function setup() {
  const violations: string[] = [];
  const history = new RegisterHistory({
    objects: 2,
    operationsMax: 4,
    lostMax: 2,
    violate: (message) => violations.push(message),
  });
  const write = (slot: number, value: string) =>
    history.call("w", history.nameAt(slot), { kind: "write", value });
  const read = (slot: number) => history.call("r", history.nameAt(slot), { kind: "read" });
  return { history, violations, write, read };
}

test("registers are left after so many operations, or so many of unknown fate", () => {
  const { history, write, read } = setup();
  const [first, second] = [history.nameAt(0), history.nameAt(1)];
  for (let i = 0; i < 4; i += 1) write(0, `v${i}`).answered({});
  expect(history.nameAt(0)).not.toBe(first);
  expect(history.nameAt(1)).toBe(second);
  write(1, "x").lost();
  write(1, "y").lost();
  expect(history.nameAt(1)).not.toBe(second);
  read(0).lost();
  read(0).refused();
  expect(history.answered).toBe(4);
});

test("a register that was left is checked when its last call has ended", () => {
  const { history, violations, write, read } = setup();
  const open = read(0);
  for (let i = 0; i < 4; i += 1) write(0, `v${i}`).answered({});
  expect(violations).toEqual([]);
  open.answered({ value: "from nowhere" });
  expect(violations).toHaveLength(1);
  expect(violations[0]).toContain('r {"kind":"read"} {"value":"from nowhere"}');
  history.checkAll();
  expect(violations).toHaveLength(1);
});

test("finds a stale read at the end of a run", () => {
  const { history, violations, write, read } = setup();
  write(0, "a").answered({});
  read(0).answered({ value: "" });
  history.checkAll();
  expect(violations[0]).toContain("no order explains register r1");
});
