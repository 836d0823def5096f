// Small values kept between calls of one step or trigger with one connection, for operations that
// declare `stateful`. What a call writes is kept together with its result, or not at all.
import { state as host } from "#host/state";

/**
 * The value of a key, if it has one.
 * @param {string} key
 * @returns {Uint8Array | undefined}
 */
export const get = (key) => host.get(key);

/** Keeps a value. @param {string} key @param {Uint8Array} value */
export const set = (key, value) => host.set(key, value);

/** Forgets a key. @param {string} key */
export const remove = (key) => host["delete"](key);
