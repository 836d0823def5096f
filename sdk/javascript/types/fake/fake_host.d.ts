import { SentRequest } from "./sent_request.js";
import type { Answer } from "./answer.js";
import type { HostState } from "./current.js";
/** @import { Answer } from "./answer.js" */
/** @import { HostState } from "./current.js" */
/** The host to put in place. What it holds can be read at any time. */
export declare class Host {
    #private;
    /** The requests so far. @type {SentRequest[]} */
    requests: SentRequest[];
    /** The log so far. @type {HostState["log"]} */
    log: HostState["log"];
    /** @type {HostState["files"]} */
    files: HostState["files"];
    /** @type {HostState["state"]} */
    state: HostState["state"];
    /** What the next request without an answer gets; one that is not in the script is not sent. @param {Answer} answer */
    answer(answer: Answer): this;
    /** A connection with these settings. @param {unknown} settings */
    settings(settings: unknown): this;
    /** A later attempt. @param {number} attempt */
    attempt(attempt: number): this;
    /** The call's key. @param {string} idempotencyKey */
    idempotencyKey(idempotencyKey: string): this;
    /** What is left of the call. @param {number} remainingMs */
    remainingMs(remainingMs: number): this;
    /** A call that somebody asked to end. */
    cancelled(): this;
    /** Where the application can call back. @param {string} callbackUrl */
    callbackUrl(callbackUrl: string): this;
    /**
     * A file of the run.
     *
     * @param {string} id
     * @param {string} contentType
     * @param {Uint8Array | string} content
     * @param {string} [name]
     */
    file(id: string, contentType: string, content: Uint8Array | string, name?: string): this;
    /** Puts it in place, instead of the one before: the first attempt with the key `test-key`. */
    install(): this;
}
