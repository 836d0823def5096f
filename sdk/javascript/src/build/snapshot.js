#!/usr/bin/env node
// Runs a module's initialization and writes the module anew, with its memory as it is then. It is
// called as componentize-js calls the tool `wizer`, does for its engine what that does, and differs in
// one thing: time and randomness are the same in each build, and so is what is made of a source.
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { WASI } from "node:wasi";

import { exportGlobals, withMemory } from "./module.js";

/** What the module is told of its surroundings; the rest of the environment is the machine's. */
const ENVIRONMENT = /^(EXPORT|IMPORT|FEATURE_|SOURCE_NAME$|DEBUG$)/;

const args = process.argv.slice(2);
/** @param {string} prefix */
const option = (prefix) =>
  args.find((arg) => arg.startsWith(prefix))?.slice(prefix.length) ?? fail(`no ${prefix}`);
const sources = option("--dir=");
const folder = option("--mapdir=/::");
const init = args[args.indexOf("--init-func") + 1] ?? fail("no --init-func");

// The module keeps its command line, so the folders in it get names that are always the same.
const commandLine = readFileSync(0, "utf8")
  .replaceAll(sources, "/engine")
  .replaceAll(folder, "/plugin");
const commandFile = join(sources, "command-line");
writeFileSync(commandFile, commandLine);

const wasi = new WASI({
  version: "preview1",
  env: Object.fromEntries(
    Object.entries(process.env)
      .filter(([name]) => ENVIRONMENT.test(name))
      .sort(),
  ),
  preopens: { "/engine": sources, "/": folder },
  stdin: openSync(commandFile, "r"),
  // Nothing of the plugin's own output may pass for that of the build.
  stdout: 2,
});

const input = readFileSync(args.at(-1) ?? "");
const module = await WebAssembly.compile(exportGlobals(input));
const instance = await WebAssembly.instantiate(module, importsOf(module));
wasi.initialize(instance);
try {
  /** @type {Function} */ (instance.exports[init])();
} catch {
  // The engine has said what is wrong, and ended.
  process.exit(1);
}
writeFileSync(
  option("-o="),
  withMemory(input, [init, "_initialize"], memoryOf(), instance.exports),
);

function memoryOf() {
  return new Uint8Array(/** @type {WebAssembly.Memory} */ (instance.exports["memory"]).buffer);
}

/** @param {WebAssembly.Module} module */
function importsOf(module) {
  /** @type {Record<string, Record<string, any>>} */
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const missing = () => fail(`the plugin calls \`${name}\` of \`${from}\` outside of a call`);
    (imports[from] ??= {})[name] = missing;
  }
  imports["wasi_snapshot_preview1"] = { .../** @type {any} */ (wasi.wasiImport), ...constants() };
  return imports;
}

/** Time that only goes on when it is asked for, bytes that are random but always the same, and no trace of the files. */
function constants() {
  let now = 1_700_000_000_000_000_000n;
  let seed = 1;
  const view = () => new DataView(memoryOf().buffer);
  return {
    /** @param {number} _clock @param {bigint} _precision @param {number} at */
    clock_time_get(_clock, _precision, at) {
      view().setBigUint64(at, (now += 1000n), true);
      return 0;
    },
    /** @param {number} at @param {number} length */
    random_get(at, length) {
      const bytes = memoryOf().subarray(at, at + length);
      for (let index = 0; index < length; index += 1) {
        seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
        bytes[index] = seed >>> 24;
      }
      return 0;
    },
    /** @param {[number, number, number, number, number]} call the last is where the answer goes */
    path_filestat_get(...call) {
      const error = /** @type {any} */ (wasi.wasiImport).path_filestat_get(...call);
      // Device and inode, and the three times.
      memoryOf()
        .fill(0, call[4], call[4] + 16)
        .fill(0, call[4] + 40, call[4] + 64);
      return error;
    },
  };
}

/** @param {string} why @returns {never} */
function fail(why) {
  console.error(why);
  process.exit(1);
}
