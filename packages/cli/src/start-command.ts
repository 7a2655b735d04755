import type { Command } from "commander";
import { addConfigFlags, type ConfigFlags } from "./config-flags.ts";
import { stopSignals } from "./stop-signals.ts";

/** `millrace start`: the roles of one node in this process, until SIGTERM or SIGINT. */
export function addStartCommand(program: Command): void {
  const command = program
    .command("start")
    .description("run a node until SIGTERM or SIGINT: a combined one, or the roles that it is given")
    .option("--config <file>", "a configuration in YAML; flags and MILLRACE_... variables take precedence");
  addConfigFlags(command).action(async (flags: ConfigFlags) => {
    const stopAsked = stopSignals();
    // What goes wrong reaches the user through us: grpc-js would print its own line beside ours. It looks when loaded.
    process.env.GRPC_VERBOSITY ??= "NONE";
    // Only this command needs the server's modules.
    const { runNode } = await import("./run-node.ts");
    await runNode(flags, stopAsked);
  });
}
