import { expect, test } from "vitest";
import { parseArguments } from "./arguments.ts";

test("runs a number of seeds from a random one on, unless told otherwise", () => {
  expect(parseArguments([], 77)).toMatchObject({ seeds: 100, from: 77, trace: false, events: 20_000 });
  expect(parseArguments(["--seeds", "5", "--from", "9"], 77)).toMatchObject({ seeds: 5, from: 9 });
});

test("runs one seed, with a trace", () => {
  expect(parseArguments(["--seed", "3", "--trace"], 77)).toMatchObject({ seeds: 1, from: 3, trace: true });
});

test("runs controllers when asked to", () => {
  expect(parseArguments(["--controllers"], 77)).toMatchObject({ controllers: true });
  expect(parseArguments([], 77)).toMatchObject({ controllers: false });
});

test("refuses what it cannot make sense of", () => {
  expect(() => parseArguments(["--seeds", "many"], 1)).toThrow('--seeds is a whole number, not "many"');
  expect(() => parseArguments(["--seeds", "0"], 1)).toThrow("--seeds is 1 or more");
  expect(() => parseArguments(["--trace"], 1)).toThrow("--trace needs --seed");
  expect(() => parseArguments(["--fast"], 1)).toThrow("--fast");
});
