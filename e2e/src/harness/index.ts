export {
  ApacheKafkaProcess,
  formatApacheKafka,
  hasJava,
  installApacheKafka,
  runKafkaTool,
} from "./apache-kafka.ts";
export { type CommandOptions, type CommandResult, exited, mustRun, runCommand } from "./command.ts";
export { MillraceProcess, type MillraceProcessOptions } from "./millrace-process.ts";
export { temporaryDirectory } from "./temporary-directory.ts";
