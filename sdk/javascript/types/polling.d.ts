import * as z from "zod";
import type { Schema } from "./json.js";
import type { Awaitable, Common } from "./operation.js";
export type Event<P> = {
    /**
     * the application's id: one run for one id of one trigger
     */
    id: string;
    /**
     * RFC 3339
     */
    occurredAt?: string;
    /**
     * events of one key keep their order
     */
    orderingKey?: string;
    /**
     * what the workflow sees as `.event`
     */
    payload: P;
};
export type News<C, P> = {
    events: Event<P>[];
    cursor: C;
    more?: boolean;
};
/** @import { Schema } from "./json.js" */
/** @import { Awaitable, Common } from "./operation.js" */
/**
 * Something that happened in an application.
 *
 * @template P
 * @typedef {object} Event
 * @property {string} id the application's id: one run for one id of one trigger
 * @property {string} [occurredAt] RFC 3339
 * @property {string} [orderingKey] events of one key keep their order
 * @property {P} payload what the workflow sees as `.event`
 */
/**
 * What is new. The cursor is kept together with the events or not at all; with `more` the next poll
 * comes at once.
 *
 * @template C, P
 * @typedef {{ events: Event<P>[], cursor: C, more?: boolean }} News
 */
/**
 * Where the first poll of a trigger begins, as the trigger says; the host puts it into the input as
 * `start`. With `now` the first poll gives a cursor and as a rule no events.
 */
export declare const Start: z.ZodDefault<z.ZodEnum<{
    beginning: "beginning";
    now: "now";
}>>;
export type PollingDefinition<I extends Schema, C extends Schema, P extends Schema> = Common & {
    stateful?: boolean;
    input: I;
    cursor: C;
    payload: P;
    poll: (input: z.output<I>, cursor: z.output<C> | undefined) => Awaitable<News<z.input<C>, z.input<P>>>;
};
/**
 * @template {Schema} I
 * @template {Schema} C
 * @template {Schema} P
 * @typedef {Common & {
 *   stateful?: boolean,
 *   input: I,
 *   cursor: C,
 *   payload: P,
 *   poll: (input: z.output<I>, cursor: z.output<C> | undefined) =>
 *     Awaitable<News<z.input<C>, z.input<P>>>,
 * }} PollingDefinition
 */
/**
 * Asks an application for what is new: called every so often, without a cursor the first time.
 *
 * @template {Schema} I
 * @template {Schema} C
 * @template {Schema} P
 * @param {PollingDefinition<I, C, P>} definition
 */
export declare function polling<I extends Schema, C extends Schema, P extends Schema>(definition: PollingDefinition<I, C, P>): {
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
    output: P;
    /** @param {string} text @param {string} [cursor] */
    poll(text: string, cursor?: string): Promise<{
        events: {
            id: string;
            occurredAt: string | undefined;
            orderingKey: string | undefined;
            payload: string;
        }[];
        cursor: string;
        more: boolean;
    }>;
};
/** @param {Event<unknown>} event */
export declare function writeEvent({ id, occurredAt, orderingKey, payload }: Event<unknown>): {
    id: string;
    occurredAt: string | undefined;
    orderingKey: string | undefined;
    payload: string;
};
/** @param {ReturnType<typeof writeEvent>} event @returns {Event<any>} */
export declare function readEvent({ payload, ...event }: ReturnType<typeof writeEvent>): Event<any>;
