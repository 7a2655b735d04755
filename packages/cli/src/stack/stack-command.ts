import { type Clock, closestName } from "@millrace/runtime";
import { type Command, InvalidArgumentError, Option } from "commander";
import { stopSignals } from "../stop-signals.ts";
import type { StackAction } from "./act-on-stack.ts";

interface StackFlags {
  readonly controllers?: number;
  readonly brokers?: number;
  readonly coordinators?: number;
  readonly dataDir?: string;
  readonly basePort?: number;
  readonly host?: string;
  readonly set?: readonly string[];
  readonly detach?: true;
}

const actions: readonly (readonly [StackAction, string])[] = [
  ["kill", "end a process as a power cut would (SIGKILL)"],
  ["restart", "stop a process in order, if it runs, and start it again"],
  ["pause", "make a process stand still (SIGSTOP)"],
  ["resume", "let a paused process go on (SIGCONT)"],
];

/** `millrace stack`: a cluster of separate processes on this machine, and what can be done to them. */
export function addStackCommand(program: Command): void {
  const stack = program
    .command("stack")
    .description("run a cluster of separate processes on this machine until SIGTERM or SIGINT")
    .enablePositionalOptions()
    .allowExcessArguments() // so that it is us who say that there is no such command
    .option(
      "--controllers <count>",
      "how many controllers; 3 go on without one, 5 without two (default: 1)",
      count(1),
    )
    .option("--brokers <count>", "how many brokers (default: 1)", count(0))
    .option("--coordinators <count>", "how many coordinators (default: 0)", count(0))
    .addOption(dataDirOption())
    .option("--base-port <port>", "ports from here on, Kafka's first (default: free ones)", basePort)
    .option("--host <host>", "the address to bind to (default: 127.0.0.1)")
    .option("--set <key=value>", "a config of every process", gather)
    .option("--detach", "return when all are ready, and leave them running")
    .action(async (flags: StackFlags, command: Command) => {
      const [unknown] = command.args;
      if (unknown !== undefined) command.error(unknownCommand(unknown, stack.commands));
      const dataDir = dataDirOf(command);
      const stopAsked = stopSignals();
      const { runStack } = await import("./run-stack.ts");
      const { detach = false, ...asked } = flags;
      await withClock(async (clock) => {
        const options = { dataDir, asked: { ...nothingAsked, ...asked }, detach, clock, stopAsked };
        process.exitCode = await runStack(options);
      });
      process.exit();
    });
  stack
    .command("status")
    .description("say how its processes are, a line each")
    .addOption(dataDirOption())
    .action(async (_: StackFlags, command: Command) => {
      const { stackStatus } = await import("./act-on-stack.ts");
      for (const line of await stackStatus(dataDirOf(command))) say(line);
    });
  stack
    .command("stop")
    .description("stop all of its processes in order")
    .addOption(dataDirOption())
    .action(async (_: StackFlags, command: Command) => {
      const { stopStack } = await import("./act-on-stack.ts");
      await withClock(async (clock) => say(await stopStack(clock, dataDirOf(command))));
    });
  for (const [action, description] of actions) {
    stack
      .command(action)
      .argument("<id>", "its node id")
      .description(description)
      .addOption(dataDirOption())
      .action(async (id: string, _: StackFlags, command: Command) => {
        const { actOnStack } = await import("./act-on-stack.ts");
        await withClock(async (clock) =>
          say(await actOnStack(clock, { dataDir: dataDirOf(command), id, action })),
        );
      });
  }
}

function unknownCommand(name: string, commands: readonly Command[]): string {
  const names = commands.map((command) => command.name());
  const meant = closestName(name, names);
  const hint = meant === undefined ? `there are ${names.join(", ")}` : `did you mean ${meant}?`;
  return `error: unknown command '${name}' of stack; ${hint}`;
}

const nothingAsked = {
  controllers: undefined,
  brokers: undefined,
  coordinators: undefined,
  host: undefined,
  basePort: undefined,
  set: undefined,
};

const dataDirOption = (): Option =>
  new Option("--data-dir <dir>", "where the stack lives: stack.json, data, configs and logs (required)");

/** Before the action's name or after it. */
function dataDirOf(command: Command): string {
  const { dataDir } = command.optsWithGlobals<StackFlags>();
  return dataDir ?? command.error("error: required option '--data-dir <dir>' not specified");
}

/** Nobody else keeps the process alive while a command waits. */
async function withClock(act: (clock: Clock) => Promise<void>): Promise<void> {
  const { SystemClock } = await import("@millrace/runtime-node");
  const failed = Promise.withResolvers<never>();
  const clock = new SystemClock(failed.reject, { keepsProcessAlive: true });
  await Promise.race([act(clock), failed.promise]);
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function count(min: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d{1,2}$/.test(text) || value < min) throw new InvalidArgumentError(`It must be ${min} to 99.`);
    return value;
  };
}

function basePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_000)
    throw new InvalidArgumentError("It must be a port, 1 to 65000.");
  return port;
}

function gather(text: string, before: readonly string[] = []): readonly string[] {
  if (text.indexOf("=") < 1) throw new InvalidArgumentError(`"${text}" is not key=value.`);
  return [...before, text];
}
