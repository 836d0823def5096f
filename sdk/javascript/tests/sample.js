import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SDK = fileURLToPath(new URL("..", import.meta.url));

export const WIT = join(SDK, "../../wit");
export const JAVASCRIPT = join(SDK, "template");
export const TYPESCRIPT = join(SDK, "../typescript/template");

/**
 * A sample as `plugin new` and `npm ci` leave it, with this package and its own packages.
 *
 * @param {string} folder
 * @param {string} template
 */
export async function sampleIn(folder, template) {
  await cp(template, folder, { recursive: true, filter: (path) => !path.includes("node_modules") });
  const packages = join(folder, "node_modules");
  await mkdir(join(packages, "@mortise"), { recursive: true });
  await symlink(SDK, join(packages, "@mortise", "sdk"));
  for (const name of ["zod", "@types"]) {
    await symlink(join(SDK, "node_modules", name), join(packages, name));
  }
  return folder;
}
