import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** @typedef {{ name: string, version: string, purl: string, licence?: string }} Package */

/**
 * The packages that went into a component: those whose files the bundle holds, and the engine.
 *
 * @param {string[]} inputs paths from the current folder
 * @returns {Promise<Package[]>}
 */
export async function bill(inputs) {
  const own = resolve("package.json");
  const files = new Set(await Promise.all(inputs.map((input) => manifestOf(resolve(input)))));
  const engine = import.meta.resolve("@bytecodealliance/componentize-js");
  files.add(await manifestOf(fileURLToPath(engine)));
  const packages = await Promise.all([...files].filter((file) => file !== own).map(read));
  return packages.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The nearest package.json that has a name. @param {string} file @returns {Promise<string>} */
async function manifestOf(file) {
  const folder = dirname(file);
  if (folder === file) return resolve("package.json");
  const manifest = join(folder, "package.json");
  const { name } = await readFile(manifest, "utf8").then(JSON.parse, () => ({}));
  return name === undefined ? manifestOf(folder) : manifest;
}

/** @param {string} manifest @returns {Promise<Package>} */
async function read(manifest) {
  const { name, version, license } = JSON.parse(await readFile(manifest, "utf8"));
  const purl = `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
  return { name, version, purl, ...(typeof license === "string" && { licence: license }) };
}
