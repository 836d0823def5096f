import type { z } from "zod";
import type { Schema } from "./json.js";
import type { Awaitable, Common, Repeat } from "./operation.js";
export type OutcomeOf<T> = {
    kind: "done";
    output: T;
} | {
    kind: "page";
    records: T[];
    next: unknown;
} | {
    kind: "suspended";
    token: unknown;
    pollAfterMs?: number;
    callback: boolean;
};
/** @import { z } from "zod" */
/** @import { Schema } from "./json.js" */
/** @import { Awaitable, Common, Repeat } from "./operation.js" */
/**
 * What came of a turn; made by `Outcome`.
 *
 * @template T
 * @typedef {{ kind: "done", output: T }
 *   | { kind: "page", records: T[], next: unknown }
 *   | { kind: "suspended", token: unknown, pollAfterMs?: number, callback: boolean }} OutcomeOf
 */
export declare const Outcome: {
    /**
     * The whole result.
     * @template T
     * @param {T} output
     * @returns {OutcomeOf<T>}
     */
    done: <T>(output: T) => OutcomeOf<T>;
    /**
     * Some of the records in the application's order, and what asks for the next ones; `undefined` or
     * `null` at the end.
     * @template T
     * @param {T[]} records
     * @param {unknown} [next]
     * @returns {OutcomeOf<T>}
     */
    page: <T>(records: T[], next?: unknown) => OutcomeOf<T>;
    /**
     * The application works on: the next turn comes after so many milliseconds, with this token.
     * @param {unknown} token
     * @param {number} pollAfterMs
     * @returns {OutcomeOf<never>}
     */
    later: (token: unknown, pollAfterMs: number) => OutcomeOf<never>;
    /**
     * The application works on and will call `context.callbackUrl()`: the next turn comes with this
     * token and what it sent.
     * @param {unknown} token
     * @returns {OutcomeOf<never>}
     */
    untilCalled: (token: unknown) => OutcomeOf<never>;
};
/** Which turn of a longer operation this is. Each is journaled and retried on its own. */
export declare class Turn {
    kind: "next" | "resumed" | "start";
    token: unknown;
    callback: unknown;
    /**
     * @param {"start" | "next" | "resumed"} kind
     * @param {unknown} [token] the page's, or what the suspension kept
     * @param {unknown} [callback] what came to the callback, if anything did
     */
    constructor(kind: "start" | "next" | "resumed", token?: unknown, callback?: unknown);
    /**
     * The token of the page that is asked for; `undefined` at the first one.
     * @template {Schema} S
     * @param {S} schema
     * @returns {z.output<S> | undefined}
     */
    page<S extends Schema>(schema: S): z.output<S> | undefined;
}
export type ActionDefinition<I extends Schema, O extends Schema> = Common & {
    repeat: Repeat;
    paged?: boolean;
    stateful?: boolean;
    choices?: string[];
    dynamic?: boolean;
    input: I;
    output: O;
    invoke: (input: z.output<I>, turn: Turn) => Awaitable<OutcomeOf<z.input<O>>>;
};
/**
 * One action. The schemas in the descriptor come from `input` and `output`.
 *
 * @template {Schema} I
 * @template {Schema} O
 * @typedef {Common & {
 *   repeat: Repeat,
 *   paged?: boolean,
 *   stateful?: boolean,
 *   choices?: string[],
 *   dynamic?: boolean,
 *   input: I,
 *   output: O,
 *   invoke: (input: z.output<I>, turn: Turn) => Awaitable<OutcomeOf<z.input<O>>>,
 * }} ActionDefinition
 */
/**
 * Does one thing in an application: creates, reads, sends, searches. With `paged` it answers with
 * `Outcome.page`, and `output` is one record.
 *
 * @template {Schema} I
 * @template {Schema} O
 * @param {ActionDefinition<I, O>} definition
 */
export declare function action<I extends Schema, O extends Schema>(definition: ActionDefinition<I, O>): {
    role: import("./operation.js").Role;
    name: string;
    examples: import("./operation.js").Example[];
    entry: {
        name: string;
        role: import("./operation.js").Role;
        summary: string;
        input: object;
        output: object;
        verification?: any;
        examples?: import("./operation.js").Example[] | undefined;
    };
    output: O;
    /**
     * From the component's export to the definition: reads, calls, writes.
     * @param {string} text
     * @param {{ tag: string, val?: any }} turn
     */
    invoke: (text: string, turn: {
        tag: string;
        val?: any;
    }) => Promise<{
        tag: string;
        val: string;
    } | {
        tag: string;
        val: {
            records: string[];
            next: string | undefined;
            token?: undefined;
            pollAfterMs?: undefined;
            callback?: undefined;
        };
    } | {
        tag: string;
        val: {
            records?: undefined;
            next?: undefined;
            token: string;
            pollAfterMs: bigint | undefined;
            callback: boolean;
        };
    }>;
};
