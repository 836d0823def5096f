import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes a WIT package with the world of one plugin: what it imports, and the roles that it has.
 *
 * @param {string} folder
 * @param {string} contract the folder with the contract's WIT files
 * @param {string[]} imports as `mortise:plugin/http@0.1.0`
 * @param {string[]} exported names of interfaces
 */
export async function writeWorld(folder, contract, imports, exported) {
  const lines = [
    "package mortise:component;",
    "world plugin {",
    ...imports.map((name) => `  import ${name};`),
    ...exported.map((name) => `  export mortise:plugin/${name}@0.1.0;`),
    "}",
  ];
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "world.wit"), lines.join("\n") + "\n");
  const isWit = (/** @type {string} */ path) => path === contract || path.endsWith(".wit");
  await cp(contract, join(folder, "deps", "mortise"), { recursive: true, filter: isWit });
}
