/**
 * The same document with its keys as the descriptor writes them: `perMs` becomes `per-ms`.
 * @param {any} value
 * @returns {any}
 */
export declare function kebab(value: any): any;
