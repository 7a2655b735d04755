export {
  settled,
  type TestBroker,
  TestCluster,
  type TestClusterOptions,
  testUuid,
} from "./testing/test-cluster.ts";
