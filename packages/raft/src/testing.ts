export { type RaftStorageSuiteOptions, runRaftStorageSuite } from "./storage/raft-storage-suite.ts";
