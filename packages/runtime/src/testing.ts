export { type DiskSuiteOptions, runDiskSuite } from "./disk/disk-suite.ts";
