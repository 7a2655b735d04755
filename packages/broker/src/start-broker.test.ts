import { metadataApi } from "@millrace/kafka-protocol/messages/metadata";
import { expect, test } from "vitest";
import { TestNode } from "../test-support/test-node.ts";

test("serves once the controller has taken it into service", async () => {
  await using node = await TestNode.start();
  const [endpoint] = node.broker.endpoints;
  expect(endpoint).toMatchObject({ name: "PLAINTEXT", host: "127.0.0.1", advertisedHost: "broker.test" });
  expect(endpoint!.port).toBeGreaterThan(0);
  const client = node.connect();
  const response = await client.call(metadataApi, 12, { topics: [] });
  expect(response.brokers).toEqual([
    expect.objectContaining({ nodeId: 1, host: "broker.test", port: endpoint!.port }),
  ]);
});
