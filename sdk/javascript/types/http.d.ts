import { Failure } from "./failure.js";
import { Response } from "./response.js";
export { Response } from "./response.js";
export type Part = {
    name: string;
    fileName?: string;
    contentType?: string;
} & ({
    bytes: Uint8Array | string;
} | {
    file: string;
});
export type SendError = {
    tag: "denied" | "not-sent" | "unanswered" | "unauthorized" | "other";
    val: string;
} | {
    tag: "limited" | "too-large";
    val: bigint;
};
/**
 * A part of a multipart body: bytes, text, or the id of a file.
 * @typedef {{ name: string, fileName?: string, contentType?: string } &
 *   ({ bytes: Uint8Array | string } | { file: string })} Part
 */
/**
 * What went wrong with a request, as the host says it.
 * @typedef {{ tag: "denied" | "not-sent" | "unanswered" | "unauthorized" | "other", val: string }
 *   | { tag: "limited" | "too-large", val: bigint }} SendError
 */
/** Reads. @param {string} url */
export declare const get: (url: string) => Request;
/** Creates or does. @param {string} url */
export declare const post: (url: string) => Request;
/** Replaces. @param {string} url */
export declare const put: (url: string) => Request;
/** Changes. @param {string} url */
export declare const patch: (url: string) => Request;
/** Deletes. @param {string} url */
export declare const del: (url: string) => Request;
/** A request. The host adds the connection's credential unless told otherwise. */
export declare class Request {
    #private;
    /**
     * @param {string} method in capitals
     * @param {string} url
     */
    constructor(method: string, url: string);
    /** Adds a header; `authorization`, `cookie` and `host` are the host's. @param {string} name @param {string} value */
    header(name: string, value: string): this;
    /** Adds a query parameter, percent-encoded. @param {string} name @param {string} value */
    query(name: string, value: string): this;
    /** Passes the call's key on, so that the application carries a repeated request out once. */
    idempotent(): this;
    /** A JSON body with its content type. @param {unknown} value */
    json(value: unknown): this;
    /** Any body; its content type is a header. @param {Uint8Array | string} body */
    body(body: Uint8Array | string): this;
    /** The content of a file, which never passes through the plugin. @param {string} id */
    file(id: string): this;
    /** A multipart body; the host writes its content type. @param {Part[]} parts */
    multipart(parts: Part[]): this;
    /** Sends without the connection's credential, to an address that carries its own right. */
    anonymous(): this;
    /** Keeps the answer's body as a file of the run. */
    saveAsFile(): this;
    /** Gives up after so long. @param {number} timeoutMs */
    timeoutMs(timeoutMs: number): this;
    /** Sends it; any status is an answer, see `Response.ok`. */
    send(): Response;
}
/** What is to be done about a request without an answer. @param {SendError} error */
export declare function failureOf({ tag, val }: SendError): Failure;
/**
 * Text with all but the unreserved characters of RFC 3986 percent-encoded: for a query value or one
 * segment of a path.
 * @param {string} text
 */
export declare function encode(text: string): string;
