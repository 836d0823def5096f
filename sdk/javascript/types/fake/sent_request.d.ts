/** A request that a plugin sent, as the host saw it. */
export declare class SentRequest {
    method: string;
    url: string;
    headers: [string, string][];
    /** `{ tag: "empty" | "bytes" | "file" | "multipart", val }`, as in wit/imports.wit. */
    body: {
        tag: string;
        val?: any;
    };
    auth: string;
    saveAsFile: boolean;
    timeoutMs: number | undefined;
    /**
     * @param {{ method: string, url: string, headers: [string, string][],
     *   body: { tag: string, val?: any }, auth: string, saveAsFile: boolean, timeoutMs?: number }} request
     */
    constructor({ method, url, headers, body, auth, saveAsFile, timeoutMs }: {
        method: string;
        url: string;
        headers: [string, string][];
        body: {
            tag: string;
            val?: any;
        };
        auth: string;
        saveAsFile: boolean;
        timeoutMs?: number;
    });
    /** The first header of a name. @param {string} name */
    header(name: string): string | undefined;
    /** The body as text. @returns {string} */
    text(): string;
    /** The body read as JSON. @returns {any} */
    json(): any;
}
