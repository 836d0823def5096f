import type { z } from "zod";
import type { Schema } from "./json.js";
/** @import { z } from "zod" */
/** @import { Schema } from "./json.js" */
/** What an application sent to a webhook. */
export declare class WebhookRequest {
    method: string;
    pathAndQuery: string;
    /** Names in lower case. */
    headers: [string, string][];
    body: Uint8Array<ArrayBufferLike>;
    /**
     * @param {{ method: string, pathAndQuery: string, headers?: [string, string][],
     *   body?: Uint8Array | string }} request
     */
    constructor({ method, pathAndQuery, headers, body }: {
        method: string;
        pathAndQuery: string;
        headers?: [string, string][];
        body?: Uint8Array | string;
    });
    /** The first parameter of a name in the query, decoded. @param {string} name */
    query(name: string): string | undefined;
    /** The first header of a name. @param {string} name */
    header(name: string): string | undefined;
    /**
     * Reads the body.
     * @template {Schema} S
     * @param {S} schema
     * @returns {z.output<S>}
     */
    json<S extends Schema>(schema: S): z.output<S>;
}
