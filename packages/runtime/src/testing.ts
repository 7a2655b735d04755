export { type DiskSuiteOptions, runDiskSuite } from "./testing/disk-suite.ts";
