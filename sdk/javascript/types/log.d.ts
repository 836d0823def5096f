export type Level = "trace" | "debug" | "info" | "warn" | "error";
/** @typedef {"trace" | "debug" | "info" | "warn" | "error"} Level */
/**
 * One line with fields of its own; a secret does not belong here.
 *
 * @param {Level} level
 * @param {string} message
 * @param {Record<string, string>} [fields]
 */
export declare const write: (level: Level, message: string, fields?: Record<string, string>) => undefined;
/** For who writes the plugin. @param {string} message */
export declare const debug: (message: string) => undefined;
/** For who reads the run. @param {string} message */
export declare const info: (message: string) => undefined;
/** Something is not as it should be, and the call goes on. @param {string} message */
export declare const warn: (message: string) => undefined;
/** Something went wrong. @param {string} message */
export declare const error: (message: string) => undefined;
