import type { z } from "zod";
import type { Schema } from "./json.js";
export type Algorithm = "hmac-sha1" | "hmac-sha256" | "hmac-sha512" | "rs256" | "es256" | "ed25519";
/** @import { z } from "zod" */
/** @import { Schema } from "./json.js" */
/** @typedef {"hmac-sha1" | "hmac-sha256" | "hmac-sha512" | "rs256" | "es256" | "ed25519"} Algorithm */
/**
 * The settings that are not secret. What does not fit is for whoever made the connection to change.
 *
 * @template {Schema} S
 * @param {S} schema
 * @returns {z.output<S>}
 */
export declare function settings<S extends Schema>(schema: S): z.output<S>;
/** Whether the step names a connection. */
export declare const present: () => boolean;
/**
 * Signs with a secret that the descriptor declares `use: sign`.
 *
 * @param {string} secret
 * @param {Algorithm} algorithm
 * @param {Uint8Array} data
 * @returns {Uint8Array}
 */
export declare const sign: (secret: string, algorithm: Algorithm, data: Uint8Array) => Uint8Array;
/**
 * Compares a signature in constant time.
 *
 * @param {string} secret
 * @param {Algorithm} algorithm
 * @param {Uint8Array} data
 * @param {Uint8Array} signature
 * @returns {boolean}
 */
export declare const verify: (secret: string, algorithm: Algorithm, data: Uint8Array, signature: Uint8Array) => boolean;
