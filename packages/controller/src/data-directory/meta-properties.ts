export const META_PROPERTIES = "meta.properties";

/** The lines of a Java properties file as Kafka writes them; nothing of ours or Kafka's needs its escapes. */
export function parseProperties(text: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = /^\s*([^#!\s=:][^\s=:]*)\s*[=:]?\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined) properties.set(name, value ?? "");
  }
  return properties;
}

export function formatProperties(properties: ReadonlyMap<string, string>): string {
  const lines = [...properties].map(([name, value]) => `${name}=${value}\n`);
  return `#\n${lines.sort().join("")}`;
}
