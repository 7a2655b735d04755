import { expect, test } from "vitest";
import { checkListeners } from "./check-listeners.ts";

const listener = (name: string) => ({ name, host: "127.0.0.1", port: 0 });

test("takes listeners of different names", () => {
  const listeners = [listener("PLAINTEXT"), listener("EXTERNAL")];
  expect(checkListeners(listeners)).toBe(listeners);
});

test("refuses two of one name, and none at all", () => {
  expect(() => checkListeners([listener("A"), listener("B"), listener("A")])).toThrow(
    "two listeners are named A: give each its own name",
  );
  expect(() => checkListeners([])).toThrow("a broker needs a listener");
});
