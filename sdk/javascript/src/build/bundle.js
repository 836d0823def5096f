import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

import { linesOf } from "./lines.js";

/** What an author can change: one sentence, without a stack. */
export class BuildError extends Error {}

/** @param {string} entry */
const optionsFor = (entry) => ({
  bundle: true,
  write: false,
  format: /** @type {const} */ ("esm"),
  target: "es2022",
  // Paths in comments and in messages are those from the plugin's folder.
  absWorkingDir: process.cwd(),
  logLevel: /** @type {const} */ ("silent"),
  stdin: { contents: "", resolveDir: dirname(entry) },
});

/**
 * The plugin for node, with the fake host in it.
 * @param {string} entry
 */
export async function bundleForNode(entry) {
  const options = optionsFor(entry);
  options.stdin.contents = `export { default } from ${JSON.stringify(entry)};`;
  const { outputFiles } = await run({ ...options, platform: "node" });
  return /** @type {string} */ (outputFiles[0].text);
}

/**
 * The plugin for the component: which of the host's interfaces it imports is what is left of them
 * when everything that it does not use is gone.
 *
 * @param {string} entry
 * @param {string[]} exported
 */
export async function bundleForComponent(entry, exported) {
  const options = optionsFor(entry);
  const glue = fileURLToPath(new URL("../component.js", import.meta.url));
  options.stdin.contents = [
    `import { exportsOf } from ${JSON.stringify(glue)};`,
    `import plugin from ${JSON.stringify(entry)};`,
    `export const { ${exported.join(", ")} } = exportsOf(plugin);`,
  ].join("\n");
  const { outputFiles, metafile } = await run({
    ...options,
    conditions: ["mortise"],
    metafile: true,
    sourcemap: "external",
    outfile: "plugin.js",
    plugins: [imports],
  });
  const [map, bundle] = /** @type {esbuild.OutputFile[]} */ (outputFiles).map(({ text }) => text);
  const output = /** @type {esbuild.Metafile} */ (metafile).outputs["plugin.js"];
  const inputs = Object.keys(output?.inputs ?? {});
  // Not the packages, wherever they lie.
  const isOwn = (/** @type {string} */ name) =>
    !/^\.\.|^<|(^|\/)(node_modules|mortise-sdk)\//.test(name);
  const lines = linesOf(JSON.parse(map ?? ""), isOwn);
  return {
    code: `${bundle}\nglobalThis[Symbol.for("mortise.lines")] = ${JSON.stringify(lines)};\n`,
    imports: (output?.imports ?? []).map(({ path }) => path).sort(),
    inputs,
    lines,
  };
}

const imports = {
  name: "imports of the component",
  /** @param {esbuild.PluginBuild} build */
  setup(build) {
    const outside = { external: true, sideEffects: false };
    /** @param {esbuild.OnResolveArgs} args */
    const leaveOut = ({ path }) => ({ path, ...outside });
    build.onResolve({ filter: /^mortise:/ }, leaveOut);
  },
};

/**
 * @param {esbuild.BuildOptions} options
 * @returns {Promise<any>}
 */
async function run(options) {
  try {
    return await esbuild.build(options);
  } catch (error) {
    const { errors } = /** @type {esbuild.BuildFailure} */ (error);
    if (errors === undefined) throw error;
    const lines = await esbuild.formatMessages(errors, { kind: "error" });
    throw new BuildError(lines.join("").trim());
  }
}
