import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { componentize as make } from "@bytecodealliance/componentize-js";

import { placeOf } from "../place.js";
import { BuildError } from "./bundle.js";

/** @import { Lines } from "../place.js" */

/**
 * Puts the bundle into the engine, runs its modules there, and keeps the memory as the component's
 * own: what a plugin makes at its top level costs nothing at a call.
 *
 * @param {{ source: string, lines: Lines, wit: string, work: string, hasHttp: boolean }} of
 * @returns {Promise<Uint8Array>}
 */
export async function componentize({ source, lines, wit, work, hasHttp }) {
  const sourcePath = join(work, "plugin.js");
  await writeFile(sourcePath, source);
  try {
    const { component } = await make({
      sourcePath,
      witPath: wit,
      worldName: "plugin",
      disableFeatures: hasHttp ? ["fetch-event"] : ["http", "fetch-event"],
      ...(process.platform !== "win32" && { wizerBin: await snapshotTool(work) }),
    });
    return component;
  } catch (error) {
    // The engine knows the bundle's lines, and the author those of the files.
    const why = String(error)
      .replace(/^.*\(wizer .*\n/, "")
      .replace(/plugin\.js:(\d+):\d+/g, (place, line) => placeOf(lines, Number(line)) ?? place)
      .trim();
    throw new BuildError(`the engine does not take the plugin: ${why}`);
  }
}

/** A program that calls snapshot.js, whatever the rights of that file are. @param {string} work */
async function snapshotTool(work) {
  const file = join(work, "snapshot");
  const script = fileURLToPath(new URL("snapshot.js", import.meta.url));
  const command = `exec "${process.execPath}" --no-warnings "${script}" "$@"`;
  await writeFile(file, `#!/bin/sh\n${command}\n`);
  await chmod(file, 0o700);
  return file;
}
