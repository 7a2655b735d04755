import { type NodeConfig, nodeConfig, type Setting } from "@millrace/server/config";
import { type Command, InvalidArgumentError, Option } from "commander";

/** What commander hands over: texts by the camel case of their flags, lists for those that may be repeated. */
export type ConfigFlags = Readonly<Record<string, string | true | readonly string[]>>;

interface ConfigFlag {
  readonly key: keyof NodeConfig & string;
  readonly option: Option;
}

/** Every flag of the node's configuration, in the order of its table. */
function configFlags(): readonly ConfigFlag[] {
  return Object.entries(nodeConfig.definitions).flatMap(([name, definition]) => {
    if (!("flag" in definition)) return [];
    const key = name as keyof NodeConfig & string;
    const option = new Option(definition.flag, `${definition.doc}${defaultOf(key)}`);
    if (definition.type === "list") {
      option.argParser((text: string, before: readonly string[] = []) => [...before, text]);
    }
    return [{ key, option }];
  });
}

/** Shown only: what is not given is for the environment, the file and then the table to say. */
function defaultOf(key: keyof NodeConfig & string): string {
  const { type, default: value } = nodeConfig.definitions[key];
  if (value === null || type === "boolean") return "";
  const text = nodeConfig.format(key, value);
  return text === "" ? "" : ` (default: ${text})`;
}

export function addConfigFlags(command: Command): Command {
  for (const { option } of configFlags()) command.addOption(option);
  return command.addOption(
    new Option("--set <key=value>", "any config, also a broker config of Kafka")
      .argParser((text: string, before: readonly string[] = []) => [...before, checkAssignment(text)])
      .default([], "none"),
  );
}

/** In rising precedence: `--set`, then what has a flag of its own. */
export function flagSettings(flags: ConfigFlags): readonly Setting[] {
  const set = (flags.set as readonly string[]).map((text): Setting => {
    const at = text.indexOf("=");
    const key = text.slice(0, at);
    return { key, value: text.slice(at + 1), from: `--set ${key}` };
  });
  const own = configFlags().flatMap(({ key, option }): readonly Setting[] => {
    const value = flags[option.attributeName()];
    return value === undefined ? [] : [{ key, value, from: option.long ?? key }];
  });
  return [...set, ...own];
}

function checkAssignment(text: string): string {
  if (text.indexOf("=") < 1) throw new InvalidArgumentError(`"${text}" is not key=value.`);
  return text;
}
