export { MemoryCommitLog } from "./runtime/memory-commit-log.ts";
