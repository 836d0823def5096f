import { Failure } from "./failure.js";
import type { z } from "zod";
import type { Schema } from "./json.js";
import type { Awaitable, Common, Repeat } from "./operation.js";
import type { RawResult } from "./raw.js";
export type BatchDefinition<I extends Schema, O extends Schema> = Common & {
    repeat: Repeat;
    input: I;
    output: O;
    invoke: (items: {
        idempotencyKey: string;
        input: z.output<I>;
    }[]) => Awaitable<(z.input<O> | Failure)[]>;
};
/** @import { z } from "zod" */
/** @import { Schema } from "./json.js" */
/** @import { Awaitable, Common, Repeat } from "./operation.js" */
/** @import { RawResult } from "./raw.js" */
/**
 * @template {Schema} I
 * @template {Schema} O
 * @typedef {Common & {
 *   repeat: Repeat,
 *   input: I,
 *   output: O,
 *   invoke: (items: { idempotencyKey: string, input: z.output<I> }[]) =>
 *     Awaitable<(z.input<O> | Failure)[]>,
 * }} BatchDefinition
 */
/**
 * The same action for many inputs at once, where the application has an endpoint for it. `invoke`
 * gives one result for each item, in the same order: the output, or a `Failure` of that item alone.
 *
 * @template {Schema} I
 * @template {Schema} O
 * @param {BatchDefinition<I, O>} definition
 */
export declare function batch<I extends Schema, O extends Schema>(definition: BatchDefinition<I, O>): {
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
     * An input that cannot be read fails alone.
     * @param {{ idempotencyKey: string, input: string }[]} items
     */
    invoke(items: {
        idempotencyKey: string;
        input: string;
    }[]): Promise<RawResult[]>;
};
/**
 * @template T
 * @param {() => T} call
 * @returns {T | Failure}
 */
export declare function attempt<T>(call: () => T): T | Failure;
