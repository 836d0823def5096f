import { Failure } from "./failure.js";
import type { z } from "zod";
import type { Schema } from "./json.js";
/** @import { z } from "zod" */
/** @import { Schema } from "./json.js" */
/** An answer, whatever its status. */
export declare class Response {
    #private;
    status: number;
    /** Names in lower case, in the order of the answer. */
    headers: [string, string][];
    /**
     * The body's bytes; none where it is a file.
     * @type {Uint8Array}
     */
    bytes: Uint8Array;
    /**
     * The id of the file that holds the body, where the request asked for one.
     * @type {string | undefined}
     */
    file: string | undefined;
    /** @param {{ status: number, headers: [string, string][], body: { tag: string, val?: any } }} raw */
    constructor({ status, headers, body }: {
        status: number;
        headers: [string, string][];
        body: {
            tag: string;
            val?: any;
        };
    });
    /** The first header of a name. @param {string} name */
    header(name: string): string | undefined;
    /** The body as text; what is no UTF-8 is replaced. */
    text(): string;
    /**
     * Reads the body. Where it is not what was expected, nobody knows what the application did with the
     * request: the failure is unclear, and the engine repeats it where repeating does no harm.
     *
     * @template {Schema} S
     * @param {S} schema
     * @returns {z.output<S>}
     */
    json<S extends Schema>(schema: S): z.output<S>;
    /**
     * Passes a 2xx on and throws a failure for anything else: 408, 429 and 5xx are to be retried, no
     * earlier than `retry-after` says; 401 and 403 want a new credential; the rest is rejected.
     */
    ok(): this;
    /** What `ok` would throw; a place to add what the application says about it. */
    failure(): Failure | undefined;
}
