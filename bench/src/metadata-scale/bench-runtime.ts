import { type LogFields, type Runtime, silentLogger } from "@millrace/runtime";
import { createNodeRuntime } from "@millrace/runtime-node";

/** Of a process that does nothing but its part in the measurement, and ends when it fails. */
export function createBenchRuntime(): Runtime {
  const log = (fields: LogFields, message: string): void => console.error(message, fields);
  return createNodeRuntime({
    logger: { ...silentLogger, error: log },
    timersKeepProcessAlive: true,
    onFail: (error) => {
      console.error(error);
      process.exit(1);
    },
  });
}
