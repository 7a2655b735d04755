export { type DiskSuiteOptions, runDiskSuite } from "./testing/disk-suite.ts";
export { type NetworkSuiteOptions, runNetworkSuite, type SuiteClient } from "./testing/network-suite.ts";
export { PoisonedPool } from "./testing/poisoned-pool.ts";
export { runReadmeExamples } from "./testing/readme-examples.ts";
