#!/usr/bin/env node
// Runs tests/*.test.ts with the test runner of node: it knows no TypeScript before Node 22, so esbuild
// takes the types away first. What is given on the command line goes to the runner.
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

const { build } = await import("esbuild").catch(() => {
  console.error("the packages of this plugin are not installed: run `npm install`");
  process.exit(5);
});

const names = (await readdir("tests")).filter((name) => /\.test\.[jt]s$/.test(name)).sort();
// Inside of the plugin's folder, so that its packages are found from there.
const out = await mkdtemp(join("node_modules", ".tests-"));
try {
  await build({
    entryPoints: names.map((name) => join("tests", name)),
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    sourcemap: true,
    outdir: out,
    outExtension: { ".js": ".mjs" },
    logLevel: "error",
  });
  const files = names.map((name) => join(out, name.replace(/\.[jt]s$/, ".mjs")));
  const options = ["--enable-source-maps", "--test", ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, [...options, ...files], { stdio: "inherit" });
  process.exitCode = status ?? 1;
} catch {
  // esbuild has said what is wrong.
  process.exitCode = 1;
} finally {
  await rm(out, { recursive: true });
}
