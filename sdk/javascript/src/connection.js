// The connection that the step names. Its secrets stay in the host.
import { connection as host } from "#host/connection";
import { Failure } from "./failure.js";
import { read } from "./json.js";
import { asked } from "./raw.js";

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
export function settings(schema) {
  try {
    return read(host.settings(), schema, "connection's settings");
  } catch (failure) {
    if (failure instanceof Failure) failure.disposition = "misconfigured";
    throw failure;
  }
}

/** Whether the step names a connection. */
export const present = () => host.settings() !== "null";

/**
 * Signs with a secret that the descriptor declares `use: sign`.
 *
 * @param {string} secret
 * @param {Algorithm} algorithm
 * @param {Uint8Array} data
 * @returns {Uint8Array}
 */
export const sign = (secret, algorithm, data) =>
  asked(() => host.sign(secret, algorithm, data), Failure.misconfigured);

/**
 * Compares a signature in constant time.
 *
 * @param {string} secret
 * @param {Algorithm} algorithm
 * @param {Uint8Array} data
 * @param {Uint8Array} signature
 * @returns {boolean}
 */
export const verify = (secret, algorithm, data, signature) =>
  asked(() => host.verify(secret, algorithm, data, signature), Failure.misconfigured);
