import { TestCluster } from "@millrace/controller/testing";
import { AdminService } from "@millrace/proto/admin";
import { ControllerService } from "@millrace/proto/controller";
import { type RpcChannel, RpcUnavailableError, type ServiceClient } from "@millrace/runtime";
import { expect, test } from "vitest";
import { TestNode } from "../../../test-support/test-node.ts";

/** The first topics that are created over it are created, and nobody hears so. */
function losingAnAnswer(channel: RpcChannel): RpcChannel & { readonly attempts: () => number } {
  let attempts = 0;
  const losing = (
    client: ServiceClient<typeof ControllerService>,
  ): ServiceClient<typeof ControllerService> => ({
    ...client,
    createTopics: async (request, options) => {
      const answer = await client.createTopics(request, options);
      if (attempts++ === 0) throw new RpcUnavailableError("broken");
      return answer;
    },
  });
  return {
    client: ((service) => {
      const client = channel.client(service);
      return (service as object) === ControllerService ? losing(client as never) : client;
    }) as RpcChannel["client"],
    close: () => channel.close(),
    attempts: () => attempts,
  };
}

test("topics whose creation was acknowledged to nobody are created for who asked for them", async () => {
  await using cluster = await TestCluster.start();
  const channel = losingAnAnswer(cluster.channel({ nodeId: 1 }));
  await using node = await TestNode.start({ cluster, controllerChannel: channel });
  const admin = node.channel().client(AdminService);
  const creating = admin.createTopics({ topics: [{ name: "t", partitions: 2 }] });
  const { topics } = await node.inTime(creating);
  expect(topics).toMatchObject([{ name: "t", partitions: 2, replicationFactor: 1 }]);
  expect(topics[0]?.error).toBeUndefined();
  expect(channel.attempts()).toBe(2);
});
