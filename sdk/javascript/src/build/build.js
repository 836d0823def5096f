// From the sources of a plugin to its component.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { bundleForComponent, bundleForNode, BuildError } from "./bundle.js";
import { componentize } from "./componentize.js";
import { bill } from "./sbom.js";
import { writeWorld } from "./world.js";

/** @import { Plugin } from "../plugin.js" */

export { BuildError };

/** @param {{ plugin: string, wit: string, work: string }} where absolute folders; `work` is empty */
export async function build({ plugin: folder, wit, work }) {
  const entry = await entryOf(folder);
  const { roles } = await load(entry, join(work, "plugin.mjs"));
  const bundle = await bundleForComponent(entry, ["describe", ...roles]);
  await writeWorld(join(work, "wit"), wit, bundle.imports, ["describe", ...roles]);
  const component = await componentize({
    source: bundle.code,
    lines: bundle.lines,
    wit: join(work, "wit"),
    work,
    // A transform reaches nothing.
    hasHttp: !roles.includes("transform"),
  });
  return { component, sbom: await bill(bundle.inputs) };
}

/** The module that exports the plugin: `main` of package.json. @param {string} folder */
async function entryOf(folder) {
  const text = await readFile(join(folder, "package.json"), "utf8").catch(() => {
    throw new BuildError(`there is no package.json in ${folder}`);
  });
  const { main } = JSON.parse(text);
  if (typeof main !== "string") {
    throw new BuildError('package.json names no module: write `"main": "src/plugin.js"`');
  }
  return join(folder, main);
}

/**
 * Runs the plugin's modules with the fake host, to ask the plugin for its roles.
 *
 * @param {string} entry
 * @param {string} file
 * @returns {Promise<Plugin>}
 */
async function load(entry, file) {
  await writeFile(file, await bundleForNode(entry));
  const { default: plugin } = await import(`file://${file}`);
  if (!Array.isArray(plugin?.roles)) {
    throw new BuildError(`${entry} has no plugin: write \`export default plugin({ … })\``);
  }
  if (plugin.roles.length === 0) throw new BuildError("the plugin has no operation");
  return plugin;
}
