/** @typedef {{ name?: string | undefined, contentType: string, bytes: Uint8Array }} FakeFile */
/** @typedef {{ level: string, message: string, fields: Record<string, string> }} LogLine */
export type FakeFile = {
    name?: string | undefined;
    contentType: string;
    bytes: Uint8Array;
};
export type LogLine = {
    level: string;
    message: string;
    fields: Record<string, string>;
};
export type HostState = {
    send: (request: any) => any;
    log: LogLine[];
    files: Map<string, FakeFile>;
    state: Map<string, Uint8Array>;
    settings: string;
    attempt: number;
    idempotencyKey: string;
    remainingMs: number;
    cancelled: boolean;
    callbackUrl: string | undefined;
};
/** @param {HostState | undefined} host */
export declare const install: (host: HostState | undefined) => void;
/** The host in place. */
export declare function current(): HostState;
