export { runRaftStorageSuite } from "./storage/raft-storage-suite.ts";
export type { RaftStorageSuiteOptions } from "./storage/raft-storage-suite-options.ts";
export {
  type RaftTransportSuiteNode,
  type RaftTransportSuiteOptions,
  runRaftTransportSuite,
} from "./transport/raft-transport-suite.ts";
