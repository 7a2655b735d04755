export { type RaftStorageSuiteOptions, runRaftStorageSuite } from "./storage/raft-storage-suite.ts";
export {
  type RaftTransportSuiteNode,
  type RaftTransportSuiteOptions,
  runRaftTransportSuite,
} from "./transport/raft-transport-suite.ts";
