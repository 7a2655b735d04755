import { ApiError } from "../errors/api-error.ts";
import { closestName } from "./closest-name.ts";
import type { ConfigDefinition, ConfigDefinitions, ConfigValue, ConfigValueOf } from "./config-definition.ts";
import { formatConfigValue } from "./format-config-value.ts";
import { parseConfigValue } from "./parse-config-value.ts";

/** As it comes from a protocol (text), a command line (text) or a file. */
export type ConfigInput = string | number | boolean | readonly string[];

export type ConfigInputs = Readonly<Record<string, ConfigInput | undefined>>;

export type ConfigValues<D extends ConfigDefinitions> = { readonly [K in keyof D]: ConfigValueOf<D[K]> };

/** Something that several values have to keep to together. */
export interface ConfigRule<D extends ConfigDefinitions> {
  /** What is wrong, naming the keys, or undefined. */
  readonly problem: (config: ConfigValues<D>) => string | undefined;
}

/** One table of keys with their types, defaults, bounds and texts: all that there is to know about them. */
export class ConfigSchema<D extends ConfigDefinitions> {
  readonly definitions: D;
  readonly rules: readonly ConfigRule<D>[];

  constructor(definitions: D, rules: readonly ConfigRule<D>[]) {
    this.definitions = definitions;
    this.rules = rules;
  }

  /** Undefined for a key that is not in the table, whatever objects inherit. */
  definition(name: string): ConfigDefinition | undefined {
    return Object.hasOwn(this.definitions, name) ? this.definitions[name] : undefined;
  }

  /**
   * All values, those not in `inputs` from `base`, which are the defaults when left out. Refuses with
   * INVALID_CONFIG, the detail being all of `problems`.
   */
  parse(inputs: ConfigInputs, base?: ConfigValues<D>): ConfigValues<D> {
    const { config, problems } = this.#read(inputs, base);
    if (problems.length > 0) throw new ApiError("INVALID_CONFIG", { detail: problems.join("; ") });
    return config;
  }

  /** What is wrong with `inputs`, a line for each: unknown keys, bad and missing values, broken rules. */
  problems(inputs: ConfigInputs, base?: ConfigValues<D>): readonly string[] {
    return this.#read(inputs, base).problems;
  }

  /** One value as text. Refuses a key that is not in the table with INVALID_CONFIG. */
  format(name: keyof D & string, value: ConfigValue): string | null {
    const definition = this.definition(name);
    if (definition === undefined) throw new ApiError("INVALID_CONFIG", { detail: this.#unknown(name) });
    return formatConfigValue(definition, value);
  }

  #read(inputs: ConfigInputs, base: ConfigValues<D> | undefined) {
    const problems = Object.keys(inputs)
      .filter((name) => this.definition(name) === undefined)
      .map((name) => this.#unknown(name));
    const values: Record<string, ConfigValue> = {};
    for (const [name, definition] of Object.entries(this.definitions)) {
      const value = readOne(name, definition, inputs[name], base?.[name] ?? definition.default, problems);
      if (value !== undefined) values[name] = value;
    }
    const config = values as ConfigValues<D>;
    if (problems.length === 0) problems.push(...this.#broken(config)); // rules may rely on every value
    return { config, problems };
  }

  #broken(config: ConfigValues<D>): readonly string[] {
    return this.rules.map((rule) => rule.problem(config)).filter((problem) => problem !== undefined);
  }

  #unknown(name: string): string {
    const meant = closestName(name, Object.keys(this.definitions));
    return `there is no key '${name}'${meant === undefined ? "" : `; did you mean '${meant}'?`}`;
  }
}

/** Keeps the literal types of a table, so that a config's values have exact ones. */
export function defineConfig<const D extends ConfigDefinitions>(
  definitions: D,
  rules: readonly ConfigRule<D>[] = [],
): ConfigSchema<D> {
  return new ConfigSchema(definitions, rules);
}

/** The values of a schema: `type BrokerConfig = ConfigOf<typeof brokerConfig>`. */
export type ConfigOf<S extends { readonly definitions: ConfigDefinitions }> = ConfigValues<S["definitions"]>;

function readOne(
  name: string,
  definition: ConfigDefinition,
  input: ConfigInput | undefined,
  otherwise: ConfigValue | undefined,
  problems: string[],
): ConfigValue | undefined {
  if (input === undefined) {
    if (otherwise === undefined) problems.push(`'${name}' has to be set`);
    return otherwise;
  }
  try {
    return parseConfigValue(definition, typeof input === "object" ? input.join(",") : String(input));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    problems.push(`'${name}': ${error.detail}`);
    return undefined;
  }
}
