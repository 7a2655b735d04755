export { inTime } from "./testing/in-time.ts";
export { stubQuorum, testVoter } from "./testing/stub-quorum.ts";
export {
  settled,
  type TestBroker,
  TestCluster,
  type TestClusterOptions,
  testUuid,
} from "./testing/test-cluster.ts";
