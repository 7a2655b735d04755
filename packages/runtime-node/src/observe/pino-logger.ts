import type { LogFields, Logger } from "@millrace/runtime";
import type { Logger as Pino } from "pino";

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

export interface PinoLoggerOptions {
  readonly level?: LogLevel;
  /** On every line, such as the node's id. */
  readonly fields?: LogFields;
  /** Where lines go, each with its end; standard error unless set. */
  readonly destination?: { write(line: string): void };
}

export interface FlushableLogger extends Logger {
  /** Writes what is still buffered, before the process exits. */
  flush(): void;
}

/** Lines that standard error does not take are kept up to so many bytes, then dropped: logging never holds up. */
const bufferedBytesMax = 1024 * 1024;

/** JSON lines by pino, which is loaded now. An `error` field is written with its stack and its causes. */
export async function createPinoLogger(options: PinoLoggerOptions = {}): Promise<FlushableLogger> {
  const { pino } = await import("pino");
  let flush = (): void => {};
  let destination = options.destination;
  if (destination === undefined) {
    const stderr = pino.destination({ fd: 2, sync: false, minLength: 0, maxLength: bufferedBytesMax });
    stderr.on("error", () => {}); // standard error is gone: there is nobody to tell
    flush = () => stderr.flushSync();
    destination = stderr;
  }
  const logger = pino(
    {
      level: options.level ?? "info",
      base: options.fields ?? null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      serializers: { error: pino.stdSerializers.errWithCause },
    },
    destination,
  );
  return { ...adapt(logger), flush: () => quietly(flush) };
}

function adapt(logger: Pino): Logger {
  return {
    debug: (fields, message) => quietly(() => logger.debug(fields, message)),
    info: (fields, message) => quietly(() => logger.info(fields, message)),
    warn: (fields, message) => quietly(() => logger.warn(fields, message)),
    error: (fields, message) => quietly(() => logger.error(fields, message)),
    child: (fields) => adapt(logger.child(fields)),
  };
}

/** A getter that throws, a stream that is closed: no line is worth a failure. */
function quietly(log: () => void): void {
  try {
    log();
  } catch {}
}
