import { expect, test } from "vitest";
import { formatAddress, isHost, isNodeAddress, isPort, isSameAddress } from "./node-address.ts";

test.each([
  "localhost",
  "10.0.0.1",
  "::1",
  "fe80::1%eth0",
  "broker-1.my_net.example.",
  "bücher.example",
  "n",
])("%s is a host", (host) => {
  expect(isHost(host)).toBe(true);
});

test.each([
  "",
  " ",
  "a b",
  "a\n",
  "a\0",
  "a\u007f",
  "[::1]",
  "unix:/x",
  "http://h",
  "user@h",
  "h".repeat(256),
  1,
  null,
])("%j is no host", (host) => {
  expect(isHost(host)).toBe(false);
});

test("a host has 255 characters at most", () => {
  expect(isHost("h".repeat(255))).toBe(true);
});

test.each([1, 9092, 65_535])("%d is a port", (port) => {
  expect(isPort(port)).toBe(true);
});

test.each([0, -1, 65_536, 70_000, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "9092", undefined, 1n])(
  "%s is no port",
  (port) => {
    expect(isPort(port)).toBe(false);
  },
);

test("an address is a host and a port", () => {
  expect(isNodeAddress({ host: "localhost", port: 9094 })).toBe(true);
  expect(isNodeAddress({ host: "", port: 9094 })).toBe(false);
  expect(isNodeAddress({ host: "localhost", port: 70_000 })).toBe(false);
});

test("an address is written as URLs have it", () => {
  expect(formatAddress({ host: "broker-1", port: 9092 })).toBe("broker-1:9092");
  expect(formatAddress({ host: "::1", port: 9092 })).toBe("[::1]:9092");
});

test("addresses are the same by host and port", () => {
  const address = { host: "a", port: 1 };
  expect(isSameAddress(address, { host: "a", port: 1 })).toBe(true);
  expect(isSameAddress(address, { host: "a", port: 2 })).toBe(false);
  expect(isSameAddress(address, { host: "b", port: 1 })).toBe(false);
});
