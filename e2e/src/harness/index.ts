export {
  ApacheKafkaProcess,
  formatApacheKafka,
  hasJava,
  installApacheKafka,
  runKafkaTool,
} from "./apache-kafka.ts";
export {
  againstApacheKafka,
  type BrokerUnderTest,
  startBrokerUnderTest,
} from "./broker-under-test.ts";
export { type CommandOptions, type CommandResult, exited, mustRun, runCommand } from "./command.ts";
export { freePort } from "./free-port.ts";
export { KafkaConnection } from "./kafka-connection.ts";
export { MillraceProcess, type MillraceProcessOptions } from "./millrace-process.ts";
export { hasConfluentKafka, hasKcat, kcat, runPython, startPython } from "./other-clients.ts";
export { residentBytes } from "./resident-memory.ts";
export {
  isRunning,
  type ListedProcess,
  launcher,
  StackUnderTest,
  stackCommand,
} from "./stack-under-test.ts";
export { temporaryDirectory } from "./temporary-directory.ts";
export { waitUntil } from "./wait-until.ts";
