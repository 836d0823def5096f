import * as log from "./log.js";
import { placeOf } from "./place.js";

/** The bundle ends with what `linesOf` of the build gives, kept under this name. */
const LINES = Symbol.for("mortise.lines");

/**
 * What becomes of an error that is no `Failure`: a line in the step's log with the plugin's own stack,
 * and a trap.
 *
 * The generated bindings take what is thrown for a failure of the contract, by its `payload`, and
 * would stumble over that. An error whose `payload` cannot be read goes past them unchanged.
 *
 * @param {unknown} thrown
 */
export function defect(thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  log.write("error", `uncaught ${error.name}: ${error.message}`, { stack: stackOf(error) });
  return Object.defineProperty(error, "payload", {
    get() {
      throw error;
    },
  });
}

/** The frames in the author's files: `explode (src/desk.js:12)`. @param {Error} error */
function stackOf({ stack = "" }) {
  const lines = /** @type {any} */ (globalThis)[LINES];
  if (lines === undefined) return stack;
  const frames = stack.split("\n").flatMap((frame) => {
    const [, name, line] = /^(.*)@plugin\.js:(\d+):\d+$/.exec(frame) ?? [];
    const place = line && placeOf(lines, Number(line));
    return place ? [`${name || "(anonymous)"} (${place})`] : [];
  });
  return frames.join("\n");
}
