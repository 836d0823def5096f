/**
 * The value of a key, if it has one.
 * @param {string} key
 * @returns {Uint8Array | undefined}
 */
export declare const get: (key: string) => Uint8Array | undefined;
/** Keeps a value. @param {string} key @param {Uint8Array} value */
export declare const set: (key: string, value: Uint8Array) => undefined;
/** Forgets a key. @param {string} key */
export declare const remove: (key: string) => undefined;
