import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const read = (name: string): string => readFileSync(join(root, name), "utf8");

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly "@millrace/source": string }>>;
  readonly files: readonly string[];
}

test("every .proto file is exported, and published with the package", () => {
  const { exports, files } = JSON.parse(read("package.json")) as Manifest;
  const exported = Object.values(exports).flatMap((target) =>
    typeof target === "string" ? [] : [target["@millrace/source"]],
  );
  const schemas = globSync(["millrace/**/*.proto", "vendor/**/*.proto"], { cwd: root });
  const generated = schemas.map((schema) =>
    `./src/generated/${schema.replace(/^vendor\//, "")}`.replace(/\.proto$/, "_pb.ts"),
  );
  expect(exported.sort()).toEqual(generated.sort());
  expect(files).toEqual(expect.arrayContaining(["millrace", "vendor", "dist"]));
});

test("the README's example prints what it says", () => {
  const example = /```ts\n(.*?)```/s.exec(read("README.md"))?.[1] ?? "";
  const directory = join(root, "test-results");
  mkdirSync(directory, { recursive: true });
  const file = join(directory, "readme-example.ts");
  writeFileSync(file, example);
  const printed = execFileSync(process.execPath, ["--conditions=@millrace/source", file], {
    encoding: "utf8",
  });
  const promised = example.match(/(?<=^\/\/ ).*$/gm) ?? [];
  expect(promised).not.toHaveLength(0);
  expect(printed.trim().split("\n")).toEqual(promised);
});
