// The whole way from the sample's sources to a component. It takes seconds, so it is done once for all.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";

import { JAVASCRIPT, sampleIn, WIT } from "./sample.js";

/** @type {string} */
let folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "mortise-sample-"));
});
after(() => rm(folder, { recursive: true }));

/** @param {string} name */
const sample = (name) => sampleIn(join(folder, name), JAVASCRIPT);

/** @param {string} plugin @param {string[]} args */
function build(plugin, ...args) {
  const script = join(plugin, "node_modules/@mortise/sdk/bin/build.js");
  return spawnSync(process.execPath, [script, ...args], { cwd: plugin, encoding: "utf8" });
}

/** @param {string} file */
const digest = async (file) =>
  createHash("sha256")
    .update(await readFile(file))
    .digest("hex");

test("the sample is built, twice the same", async () => {
  const digests = [];
  for (const name of ["one", "other"]) {
    const plugin = await sample(name);
    const [out, sbom] = [join(plugin, "out.wasm"), join(plugin, "sbom.json")];
    const { status, stderr } = build(plugin, "--wit", WIT, "--out", out, "--sbom", sbom);
    assert.equal(status, 0, stderr);
    digests.push(await digest(out));
    const names = JSON.parse(await readFile(sbom, "utf8")).map(
      (/** @type {any} */ one) => one.name,
    );
    assert.deepEqual(names, ["@bytecodealliance/componentize-js", "@mortise/sdk", "zod"]);
  }
  assert.equal(digests[0], digests[1]);
});

test("what is wrong with a plugin is said in words", async () => {
  const plugin = await sample("wrong");
  const said = () => build(plugin, "--wit", WIT, "--out", "out.wasm").stderr;
  await writeFile(join(plugin, "src/plugin.js"), "export default 1;");
  assert.match(said(), /src\/plugin\.js has no plugin: write `export default plugin\(/);
  await writeFile(join(plugin, "src/plugin.js"), 'import "./nowhere.js";');
  assert.match(said(), /Could not resolve "\.\/nowhere\.js"/);
  assert.doesNotMatch(said(), /at async/);
  assert.match(build(plugin).stderr, /^usage: /);
});
