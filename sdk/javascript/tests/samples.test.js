// The tests that come with the samples, run by what runs them for their authors.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { JAVASCRIPT, sampleIn, TYPESCRIPT } from "./sample.js";

const TSC = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));

/** @type {string} */
let folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "mortise-samples-"));
});
after(() => rm(folder, { recursive: true }));

/** @param {string} cwd @param {string[]} args */
function node(cwd, ...args) {
  // A runner inside of a runner would report to that one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    env,
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}

test("the sample in JavaScript passes its tests", async () => {
  const plugin = await sampleIn(join(folder, "javascript"), JAVASCRIPT);
  const names = (await readdir(join(plugin, "tests"))).filter((name) => name.endsWith(".test.js"));
  const { status, output } = node(plugin, "--test", ...names.map((name) => join("tests", name)));
  assert.equal(status, 0, output);
  assert.match(output, /pass 18/);
});

test("the sample in TypeScript passes its tests and the compiler", async () => {
  const plugin = await sampleIn(join(folder, "typescript"), TYPESCRIPT);
  const tests = node(plugin, "node_modules/@mortise/sdk/bin/test.js");
  assert.equal(tests.status, 0, tests.output);
  assert.match(tests.output, /pass 18/);
  const types = node(plugin, TSC, "--noEmit", "--strict");
  assert.equal(types.status, 0, types.output);
});
