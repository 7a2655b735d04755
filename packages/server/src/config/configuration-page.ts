import { brokerConfigs, type KafkaConfig, type KafkaConfigTable } from "@millrace/controller";
import type { ConfigDefinition } from "@millrace/runtime";
import { staticConfigNames } from "../node/static-configs.ts";
import { environmentName } from "./environment-settings.ts";
import { nodeConfig } from "./node-config.ts";

/** `docs/configuration.md`, made from the tables that the node itself reads. */
export function configurationPage(): string {
  return `${introduction}
## The node

| key | flag | variable | default | |
| --- | --- | --- | --- | --- |
${Object.entries(nodeConfig.definitions).map(nodeRow).join("\n")}

## The broker and the metadata

Apache Kafka's names, types, bounds and (unless said otherwise) defaults, as in \`server.properties\`: ${count} configs, all of
them checked like Kafka checks them. Those of parts that Millrace does not have yet are taken and described, and do nothing.
Many can also be changed while the cluster runs, by any Kafka client; what is set here is what holds until then. A
variable's name is the key's in capitals, with an underscore for each dot.

| key | type | default | |
| --- | --- | --- | --- |
${shownBrokerConfigs.map(brokerRow).join("\n")}
`;
}

const introduction = `# Configuration

<!-- Made from the tables in the sources by \`npx vitest -u\` in packages/server; a test holds it to them. -->

A node is told what it is by flags of \`millrace start\`, by variables of the environment, and by a file in YAML that
\`--config FILE\` or \`MILLRACE_CONFIG\` names. Flags take precedence over variables, variables over the file, the file over
defaults. What there is no key for is refused, with the name that was probably meant. \`--set key=value\` sets any key.

\`\`\`yaml
process.roles: [broker]
node.id: 101
cluster.id: 4L6g3nShT-eMCtK--X86sw
data.dir: /var/lib/millrace
controller.quorum.bootstrap.servers: [10.0.0.1:9094, 10.0.0.2:9094, 10.0.0.3:9094]
listeners: [INTERNAL://10.0.0.7:9092, EXTERNAL://0.0.0.0:9093]
advertised.listeners: [EXTERNAL://kafka.example.com:443]
log.retention.hours: 24 # a broker config of Kafka
\`\`\`

Keys may be nested (\`grpc: { port: 9094 }\` is \`grpc.port\`), and a list may be written as one text with commas.
`;

const table: KafkaConfigTable = brokerConfigs;
const shownBrokerConfigs = staticConfigNames.filter((name) => !table[name]?.internal).sort();
const count = shownBrokerConfigs.length;

function nodeRow([key, definition]: [string, ConfigDefinition]): string {
  const flag = definition.flag === undefined ? "" : code(definition.flag);
  const value = definition.default ?? "";
  return row(code(key), flag, code(environmentName(key)), code(String(value)), plain(definition.doc));
}

function brokerRow(key: string): string {
  const config = table[key] as KafkaConfig;
  const reload = config.dynamic === undefined ? "" : `Changes while brokers run (${config.dynamic}).`;
  const text = [config.doc ?? "", valuesOf(config), reload].filter((part) => part !== "").join(" ");
  return row(code(key), config.type, code(config.default ?? ""), text);
}

function valuesOf({ values, min, max, besides }: KafkaConfig): string {
  if (values !== undefined) return `One of ${values.map(code).join(", ")}.`;
  const bounds = [
    min === undefined ? "" : `at least ${min}`,
    max === undefined ? "" : `at most ${max}`,
    besides === undefined ? "" : `or ${besides}`,
  ].filter((part) => part !== "");
  const text = bounds.join(", ");
  return text === "" ? "" : `${text[0]?.toUpperCase()}${text.slice(1)}.`;
}

const row = (...cells: readonly string[]): string => `| ${cells.join(" | ")} |`.replaceAll("  ", " ");
const code = (text: string): string => (text === "" ? "" : `\`${text.replaceAll("|", "\\|")}\``);
/** Not taken for markup. */
const plain = (text: string): string => text.replaceAll("<", "&lt;").replaceAll("|", "\\|");
