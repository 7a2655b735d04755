import { type LogFields, type Logger, silentLogger } from "@millrace/runtime";

/** A logger that writes down, as lines, what it is told as a warning or an error. */
export function collecting(complaints: string[]): Logger {
  const collect = ({ reason, err, error, log }: LogFields, message: string) => {
    complaints.push(`${message}: ${String(reason ?? err ?? error ?? log ?? "")}`);
  };
  const logger: Logger = { ...silentLogger, warn: collect, error: collect, child: () => logger };
  return logger;
}
