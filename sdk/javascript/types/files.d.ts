import * as z from "zod";
/** A file as it stands in JSON: `{"$file": "<id>"}`. */
export declare const File: z.ZodObject<{
    $file: z.ZodString;
}, z.core.$strip>;
export type Info = {
    /**
     * in bytes
     */
    size: number;
    contentType: string;
    name?: string;
};
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
export declare function stat(id: string): Info;
/**
 * Up to `length` bytes from `offset`; fewer at the end.
 *
 * @param {string} id
 * @param {number} offset
 * @param {number} length
 * @returns {Uint8Array}
 */
export declare const read: (id: string, offset: number, length: number) => Uint8Array;
/**
 * An empty file; gives its id.
 *
 * @param {string | undefined} name
 * @param {string} contentType
 * @returns {string}
 */
export declare const create: (name: string | undefined, contentType: string) => string;
/**
 * Adds bytes at the end of a file that this call created.
 *
 * @param {string} id
 * @param {Uint8Array} data
 * @returns {void}
 */
export declare const append: (id: string, data: Uint8Array) => void;
