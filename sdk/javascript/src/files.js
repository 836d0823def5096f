// Content too large or too binary for JSON. A file belongs to the run and goes with it.
import { files as host } from "#host/files";
import * as z from "zod";
import { Failure } from "./failure.js";
import { asked } from "./raw.js";

/** A file as it stands in JSON: `{"$file": "<id>"}`. */
export const File = z
  .object({ $file: z.string().describe("its id") })
  .describe("a file of the run");

/**
 * @typedef {object} Info
 * @property {number} size in bytes
 * @property {string} contentType
 * @property {string} [name]
 */

/**
 * Size, type and name of a file; a failure where the id is not that of a file.
 * @param {string} id
 * @returns {Info}
 */
export function stat(id) {
  const { size, contentType, name } = asked(() => host.stat(id), Failure.reject);
  return { size: Number(size), contentType, ...(name !== undefined && { name }) };
}

/**
 * Up to `length` bytes from `offset`; fewer at the end.
 *
 * @param {string} id
 * @param {number} offset
 * @param {number} length
 * @returns {Uint8Array}
 */
export const read = (id, offset, length) =>
  asked(() => host.read(id, BigInt(offset), length), Failure.reject);

/**
 * An empty file; gives its id.
 *
 * @param {string | undefined} name
 * @param {string} contentType
 * @returns {string}
 */
export const create = (name, contentType) =>
  asked(() => host.create(name, contentType), Failure.reject);

/**
 * Adds bytes at the end of a file that this call created.
 *
 * @param {string} id
 * @param {Uint8Array} data
 * @returns {void}
 */
export const append = (id, data) => asked(() => host.append(id, data), Failure.reject);
