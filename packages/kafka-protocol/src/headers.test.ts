import { describe, expect, test } from "vitest";
import { apiByKey, requestHeaderVersion, responseHeaderVersion } from "./api-table.ts";
import { ApiKey, apis } from "./generated/api-keys.ts";
import {
  decodeRequestHeader,
  decodeResponseHeader,
  encodeRequestHeader,
  encodeResponseHeader,
  peekRequestHeader,
} from "./headers.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

test("header versions follow the flexible versions of each API", () => {
  for (const { key, minVersion, maxVersion, flexibleFrom } of apis) {
    for (let version = minVersion; version <= maxVersion; version++) {
      const flexible = version >= flexibleFrom;
      expect(requestHeaderVersion(key, version)).toBe(flexible ? 2 : 1);
      expect(responseHeaderVersion(key, version)).toBe(flexible && key !== ApiKey.ApiVersions ? 1 : 0);
    }
  }
});

test("the table has every API by its key, and none where Kafka has none any more", () => {
  expect(apiByKey(ApiKey.Fetch)).toMatchObject({
    name: "Fetch",
    flexibleFrom: 12,
    listeners: ["broker", "controller"],
  });
  expect(apiByKey(ApiKey.InitProducerId)).toMatchObject({ maxVersion: 6, latestVersionUnstable: true });
  expect([4, 5, 6, 7, -1, 5000].map(apiByKey)).toEqual(Array(6).fill(undefined));
});

describe("a request header", () => {
  test.each([
    { apiKey: ApiKey.Produce, apiVersion: 8, hex: "0000 0008 00000007 0002 6869" },
    { apiKey: ApiKey.Produce, apiVersion: 9, hex: "0000 0009 00000007 0002 6869 00" },
    { apiKey: ApiKey.SaslHandshake, apiVersion: 1, hex: "0011 0001 00000007 0002 6869" },
    { apiKey: ApiKey.ApiVersions, apiVersion: 99, hex: "0012 0063 00000007 0002 6869 00" },
  ])("of api $apiKey version $apiVersion", ({ apiKey, apiVersion, hex }) => {
    const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
    const header = { apiKey, apiVersion, correlationId: 7, clientId: "hi" };
    const reader = new Reader(bytes);
    expect(decodeRequestHeader(reader)).toEqual(header);
    reader.expectEnd();
    const writer = new Writer();
    encodeRequestHeader(writer, header);
    expect(writer.finishBuffer()).toEqual(bytes);
  });

  test("can be looked at without being read, whatever the API is", () => {
    const reader = new Reader(Buffer.from("7fff7fff00000007", "hex"));
    expect(peekRequestHeader(reader)).toEqual({ apiKey: 32_767, apiVersion: 32_767, correlationId: 7 });
    expect(reader.position).toBe(0);
  });
});

test("a response header has tagged fields when the response is flexible, except that of ApiVersions", () => {
  for (const [apiKey, version, hex] of [
    [ApiKey.Fetch, 11, "00000007"],
    [ApiKey.Fetch, 12, "0000000700"],
    [ApiKey.ApiVersions, 4, "00000007"],
  ] as const) {
    const writer = new Writer();
    encodeResponseHeader(writer, apiKey, version, 7);
    const bytes = writer.finishBuffer();
    expect(bytes.toString("hex")).toBe(hex);
    const reader = new Reader(bytes);
    expect(decodeResponseHeader(reader, apiKey, version)).toBe(7);
    reader.expectEnd();
  }
});
