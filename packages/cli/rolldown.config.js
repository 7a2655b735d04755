// The command in a few files: reading 600 modules one by one is most of a start (docs/decisions/bundled-command.md).
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Native code, which stays where npm put it. All of it is among the command's own dependencies. */
const native = ["@node-rs/crc32", "lz4-napi", "snappy"];

/** What was taken in travels with its licences. */
function thirdPartyLicenses() {
  return {
    name: "third-party-licenses",
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((chunk) => chunk.moduleIds ?? []);
      const packages = new Set(
        modules.map((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0]).filter((root) => root),
      );
      const source = [...packages].sort().map(licenseOf).join("\n\n");
      this.emitFile({ type: "asset", fileName: "third-party-licenses.txt", source });
    },
  };
}

function licenseOf(root) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const files = readdirSync(root).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  const texts = files.map((file) => readFileSync(join(root, file), "utf8").trim());
  return [`${name} ${version} (${license})`, ...texts].join("\n\n");
}

/** @type {import("rolldown").RolldownOptions} */
export default {
  input: "dist/main.js",
  platform: "node",
  external: native,
  output: {
    dir: "dist/bundle",
    cleanDir: true,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    minify: "dce-only",
  },
  plugins: [thirdPartyLicenses()],
};
