import type { Awaitable } from "./operation.js";
export type Question = {
    operation: string;
    field: string;
    input: unknown;
    query?: string;
    page?: unknown;
};
export type Choices = {
    choices: {
        value: unknown;
        label: string;
    }[];
    next?: unknown;
};
export type Explore = {
    options: (question: Question) => Awaitable<Choices>;
    schemas: (operation: string, input: unknown) => Awaitable<[object, object]>;
};
/** @import { Awaitable } from "./operation.js" */
/**
 * Which choices are wanted: of the field at a JSON Pointer, given what is known of the input and what
 * a person typed so far.
 *
 * @typedef {{ operation: string, field: string, input: unknown, query?: string, page?: unknown }} Question
 */
/**
 * Some of the choices, and what asks for the next ones; `undefined` or `null` at the end.
 * @typedef {{ choices: { value: unknown, label: string }[], next?: unknown }} Choices
 */
/**
 * What only the connected account knows: choices for a field, and input and output schema of an
 * operation, given what is known of its input.
 *
 * @typedef {object} Explore
 * @property {(question: Question) => Awaitable<Choices>} options
 * @property {(operation: string, input: unknown) => Awaitable<[object, object]>} schemas
 */
/**
 * @param {Explore} explore
 * @param {string} operation
 * @param {string} field
 * @param {string} input
 * @param {string} [query]
 * @param {string} [page]
 */
export declare function options(explore: Explore, operation: string, field: string, input: string, query?: string, page?: string): Promise<{
    choices: {
        value: string;
        label: string;
    }[];
    next: string | undefined;
}>;
/** @param {Explore} explore @param {string} operation @param {string} input */
export declare function schemas(explore: Explore, operation: string, input: string): Promise<string[]>;
