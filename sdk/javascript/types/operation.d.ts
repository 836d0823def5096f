import type { Verification } from "./verification.js";
export type Awaitable<T> = T | Promise<T>;
export type Repeat = "safe" | "keyed" | "duplicates";
export type Role = "action" | "batch" | "polling" | "webhook" | "transform";
export type Example = {
    title: string;
    input: unknown;
    records?: unknown[];
    output?: unknown;
};
export type Common = {
    /**
     * kebab-case, unique in the plugin: `post-message`
     */
    name: string;
    /**
     * one sentence: lower case, no full stop
     */
    summary: string;
    /**
     * ids of the schemes that it works with; all where none is named
     */
    authentication?: string[];
    examples?: Example[];
};
export type Flags = {
    repeat: Repeat;
    stateful?: boolean;
    paging?: boolean;
    /**
     * fields whose choices `explore` knows, as JSON Pointers
     */
    choices?: string[];
    /**
     * the schemas are a frame: `explore` knows those of the account
     */
    dynamic?: boolean;
    record?: object;
    records?: "each" | "all";
    verification?: Verification;
    answers?: boolean;
    verifies?: boolean;
    subscribes?: boolean;
};
/** @import { Verification } from "./verification.js" */
/**
 * @template T
 * @typedef {T | Promise<T>} Awaitable
 */
/**
 * What a second call with the same idempotency key does: nothing, because it reads or sets what is
 * set already (`safe`); nothing, because the application knows the key (`keyed`); it happens twice
 * (`duplicates`).
 * @typedef {"safe" | "keyed" | "duplicates"} Repeat
 */
/** @typedef {"action" | "batch" | "polling" | "webhook" | "transform"} Role */
/**
 * An input that works, for people and for tests. `records` are those that a transform is given, and
 * its `output` the list of the records that come of all of them, or the one value of `applyAll`.
 * @typedef {{ title: string, input: unknown, records?: unknown[], output?: unknown }} Example
 */
/**
 * What every operation has.
 *
 * @typedef {object} Common
 * @property {string} name kebab-case, unique in the plugin: `post-message`
 * @property {string} summary one sentence: lower case, no full stop
 * @property {string[]} [authentication] ids of the schemes that it works with; all where none is named
 * @property {Example[]} [examples]
 */
/**
 * @typedef {object} Flags
 * @property {Repeat} repeat
 * @property {boolean} [stateful]
 * @property {boolean} [paging]
 * @property {string[]} [choices] fields whose choices `explore` knows, as JSON Pointers
 * @property {boolean} [dynamic] the schemas are a frame: `explore` knows those of the account
 * @property {object} [record]
 * @property {"each" | "all"} [records]
 * @property {Verification} [verification]
 * @property {boolean} [answers]
 * @property {boolean} [verifies]
 * @property {boolean} [subscribes]
 */
/**
 * The descriptor's entry, with the name beside it.
 *
 * @param {Role} role
 * @param {Common} common
 * @param {object} input
 * @param {object} output
 * @param {Flags} flags
 */
export declare function operation(role: Role, common: Common, input: object, output: object, flags: Flags): {
    role: Role;
    name: string;
    examples: Example[];
    entry: {
        name: string;
        role: Role;
        summary: string;
        input: object;
        output: object;
        verification?: any;
        examples?: Example[] | undefined;
    };
};
