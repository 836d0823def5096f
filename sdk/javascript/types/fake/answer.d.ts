/** @typedef {import("../http.js").SendError} SendError */
export type SendError = import("../http.js").SendError;
/** What one HTTP request gets. */
export declare class Answer {
    status: number;
    headers: [string, string][];
    bytes: Uint8Array<ArrayBufferLike>;
    /** @type {SendError | undefined} */
    failed: SendError | undefined;
    /**
     * @param {number} status
     * @param {Record<string, string>} [headers]
     * @param {Uint8Array | string} [body]
     */
    constructor(status: number, headers?: Record<string, string>, body?: Uint8Array | string);
    /** A JSON answer; a text stands as it is. @param {number} status @param {unknown} value */
    static json(status: number, value: unknown): Answer;
    /**
     * No answer, such as `Answer.error("unanswered", "the connection was reset")`.
     *
     * @param {SendError["tag"]} tag
     * @param {string | number} why milliseconds for `limited`, bytes for `too-large`
     */
    static error(tag: SendError["tag"], why: string | number): Answer;
}
