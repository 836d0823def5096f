export declare const context: {
    workflow: () => string;
    run: () => string;
    step: () => string;
    attempt: () => number;
    idempotencyKey: () => string;
    remainingMs: () => bigint;
    cancelled: () => boolean;
    /** @returns {string} */
    callbackUrl: () => string;
};
export declare const http: {
    /** @param {any} request @returns {any} */
    send: (request: any) => any;
};
export declare const log: {
    /** @param {string} level @param {string} message @param {[string, string][]} fields */
    write: (level: string, message: string, fields: [string, string][]) => undefined;
};
export declare const files: {
    /** @param {string} id */
    stat: (id: string) => {
        size: bigint;
        contentType: string;
        name: string | undefined;
    };
    /** @param {string} id @param {bigint} offset @param {number} length */
    read: (id: string, offset: bigint, length: number) => Uint8Array<ArrayBuffer>;
    /** @param {string | undefined} name @param {string} contentType */
    create: (name: string | undefined, contentType: string) => string;
    /** @param {string} id @param {Uint8Array} data */
    append: (id: string, data: Uint8Array) => void;
};
export declare const state: {
    /** @param {string} key */
    get: (key: string) => Uint8Array<ArrayBufferLike> | undefined;
    /** @param {string} key @param {Uint8Array} value */
    set: (key: string, value: Uint8Array) => undefined;
    /** @param {string} key */
    delete: (key: string) => undefined;
};
/** @param {string} secret @param {string} _ @param {Uint8Array} data */
declare const sign: (secret: string, _: string, data: Uint8Array) => Uint8Array<ArrayBuffer>;
export declare const connection: {
    settings: () => string;
    /** Not a real signature: the name of the secret, a colon, and the data. */
    sign: typeof sign;
    /** @param {string} secret @param {string} algorithm @param {Uint8Array} data @param {Uint8Array} signature */
    verify: (secret: string, algorithm: string, data: Uint8Array, signature: Uint8Array) => boolean;
};
export {};
