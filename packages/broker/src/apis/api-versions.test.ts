import { apiVersionsApi } from "@millrace/kafka-protocol/messages/api-versions";
import { expect, test } from "vitest";
import { TestBroker } from "../../test-support/test-broker.ts";
import { requestFrame } from "../../test-support/test-client.ts";
import { servedApis } from "./registry.ts";

const software = { clientSoftwareName: "a-client", clientSoftwareVersion: "1.0" };

test("lists exactly what is served, and Produce from version 0 on", async () => {
  await using broker = await TestBroker.start();
  const { errorCode, apiKeys } = await broker.connect().call(apiVersionsApi, 4, software);
  expect(errorCode).toBe(0);
  const expected = servedApis.map(({ key, versions }) => ({
    apiKey: key,
    minVersion: key === 0 ? 0 : versions.min,
    maxVersion: versions.max,
  }));
  expect(apiKeys).toEqual(expected.sort((a, b) => a.apiKey - b.apiKey));
});

test("tells the finalized features, and as their epoch the metadata offset", async () => {
  const metadata = { offset: 7, features: { "metadata.version": 30 } };
  const supportedFeatures = [{ name: "metadata.version", levelMin: 7, levelMax: 30 }];
  await using broker = await TestBroker.start({ metadata, supportedFeatures });
  const old = await broker.connect().call(apiVersionsApi, 3, software);
  expect(old.finalizedFeaturesEpoch).toBe(7);
  expect(old.finalizedFeatures).toEqual([
    { name: "metadata.version", minVersionLevel: 30, maxVersionLevel: 30 },
    { name: "kraft.version", minVersionLevel: 1, maxVersionLevel: 1 },
  ]);
  expect(old.supportedFeatures.map(({ name }) => name)).toEqual(["metadata.version"]);
  const recent = await broker.connect().call(apiVersionsApi, 4, software);
  expect(recent.supportedFeatures.map(({ name }) => name)).toEqual(["metadata.version", "kraft.version"]);
});

test("answers a version that is too new in version 0, with its own range (KIP-511)", async () => {
  await using broker = await TestBroker.start();
  const client = broker.connect();
  const [frame] = requestFrame(apiVersionsApi, 4, software);
  frame!.writeInt16BE(99, 6);
  client.stream.write([frame!]);
  const { errorCode, apiKeys } = await client.receive(apiVersionsApi, 0);
  expect(errorCode).toBe(35);
  expect(apiKeys).toEqual([{ apiKey: 18, minVersion: 0, maxVersion: 4 }]);
});

test("refuses a client software name that is none", async () => {
  await using broker = await TestBroker.start();
  const odd = { clientSoftwareName: "-no-", clientSoftwareVersion: "1.0" };
  const { errorCode } = await broker.connect().call(apiVersionsApi, 3, odd);
  expect(errorCode).toBe(42);
});
