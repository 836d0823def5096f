#!/usr/bin/env node
// Makes the component of the plugin in this folder: build.js --wit DIR --out FILE [--sbom FILE]
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";

/** The environment refuses: something is missing that an author can bring. */
const MISSING = 5;

const { values } = parseArgs({
  options: { wit: { type: "string" }, out: { type: "string" }, sbom: { type: "string" } },
});
if (values.wit === undefined || values.out === undefined) {
  console.error("usage: build.js --wit DIR --out FILE [--sbom FILE]");
  process.exit(2);
}

/** The tools are packages of their own: without `npm install` there is none of them. */
const tools = await import("../src/build/build.js").catch((error) => {
  if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
  console.error("the packages of this plugin are not installed: run `npm install`");
  process.exit(MISSING);
});

const work = await mkdtemp(join(tmpdir(), "mortise-js-"));
try {
  const out = resolve(values.out);
  const { component, sbom } = await tools.build({
    plugin: process.cwd(),
    wit: resolve(values.wit),
    work,
  });
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, component);
  if (values.sbom !== undefined) {
    await writeFile(values.sbom, JSON.stringify(sbom, null, 2) + "\n");
  }
} catch (error) {
  if (!(error instanceof tools.BuildError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await rm(work, { recursive: true });
}
