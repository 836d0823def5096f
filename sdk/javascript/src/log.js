// Lines in the log of the step.
import { log as host } from "#host/log";

/** @typedef {"trace" | "debug" | "info" | "warn" | "error"} Level */

/**
 * One line with fields of its own; a secret does not belong here.
 *
 * @param {Level} level
 * @param {string} message
 * @param {Record<string, string>} [fields]
 */
export const write = (level, message, fields = {}) =>
  host.write(level, message, Object.entries(fields));

/** For who writes the plugin. @param {string} message */
export const debug = (message) => write("debug", message);

/** For who reads the run. @param {string} message */
export const info = (message) => write("info", message);

/** Something is not as it should be, and the call goes on. @param {string} message */
export const warn = (message) => write("warn", message);

/** Something went wrong. @param {string} message */
export const error = (message) => write("error", message);
