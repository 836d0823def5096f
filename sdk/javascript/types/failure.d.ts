/**
 * What the engine should do about a failure: a decision, not a description.
 *
 * @typedef {"retry" | "unclear" | "reject" | "reauthorize" | "misconfigured"} Disposition
 */
export type Disposition = "retry" | "unclear" | "reject" | "reauthorize" | "misconfigured";
export type Cause = {
    /**
     * HTTP status, where there was one
     */
    status?: number;
    /**
     * the application's own code, such as `card_declined`
     */
    code?: string;
    /**
     * index of the record in the batch
     */
    record?: number;
    /**
     * JSON Pointer (RFC 6901) to the field
     */
    field?: string;
    /**
     * the start of what the application answered
     */
    body?: string;
};
/**
 * Where a failure comes from, as exactly as the application told.
 *
 * @typedef {object} Cause
 * @property {number} [status] HTTP status, where there was one
 * @property {string} [code] the application's own code, such as `card_declined`
 * @property {number} [record] index of the record in the batch
 * @property {string} [field] JSON Pointer (RFC 6901) to the field
 * @property {string} [body] the start of what the application answered
 */
/** The start of an application's answer that a cause keeps, in bytes. */
export declare const BODY_START_BYTES = 2048;
/**
 * What went wrong, and what the engine should do about it: throw it. The message is one sentence for
 * the person who reads the run: lower case, no full stop.
 */
export declare class Failure extends Error {
    #private;
    /** @type {Disposition} */
    disposition: Disposition;
    /**
     * The least number of milliseconds to wait, where the application named one.
     * @type {number | undefined}
     */
    waitMs: number | undefined;
    /**
     * @override
     * @type {Cause | undefined}
     */
    cause: Cause | undefined;
    /**
     * @param {Disposition} disposition
     * @param {string} message
     * @param {number} [waitMs] with `retry`: no earlier than after so many milliseconds
     */
    constructor(disposition: Disposition, message: string, waitMs?: number);
    /** The application may answer differently later. @param {string} message */
    static retry(message: string): Failure;
    /**
     * As `retry`, but not before the application's own time.
     * @param {number} waitMs
     * @param {string} message
     */
    static retryAfter(waitMs: number, message: string): Failure;
    /** The request left and no answer came: it may have been carried out. @param {string} message */
    static unclear(message: string): Failure;
    /** This input will never be accepted. @param {string} message */
    static reject(message: string): Failure;
    /** The application refused the credential. @param {string} message */
    static reauthorize(message: string): Failure;
    /** The workflow's author has to change the step or the connection. @param {string} message */
    static misconfigured(message: string): Failure;
    /** Adds the HTTP status. @param {number} status */
    withStatus(status: number): this;
    /** Adds the application's own code. @param {string} code */
    withCode(code: string): this;
    /** Adds the index of the record in the batch, from 0. @param {number} record */
    withRecord(record: number): this;
    /** Adds the JSON Pointer (RFC 6901) of the field. @param {string} field */
    withField(field: string): this;
    /** Adds the start of what the application answered. @param {Uint8Array} body */
    withBody(body: Uint8Array): this;
}
