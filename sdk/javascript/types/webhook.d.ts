import { WebhookRequest } from "./webhook_request.js";
import type { z } from "zod";
import type { Schema } from "./json.js";
import type { Awaitable, Common } from "./operation.js";
import type { Event } from "./polling.js";
import type { Verification } from "./verification.js";
export type Answer = {
    status: number;
    headers?: [string, string][];
    body?: Uint8Array | string;
};
export type Reception<P, M> = {
    events?: Event<P>[];
    answer?: Answer;
    memory?: M;
};
export type Subscription<M> = {
    memory: M;
    secrets?: Record<string, string>;
    renewAfterMs?: number;
};
export type WebhookDefinition<I extends Schema, P extends Schema, M extends Schema> = Common & {
    input: I;
    payload: P;
    memory?: M;
    verification?: Verification;
    answers?: boolean;
    verifies?: boolean;
    receive: (input: z.output<I>, request: WebhookRequest, memory: z.output<M> | undefined) => Awaitable<Reception<z.input<P>, z.input<M>>>;
    subscribe?: (input: z.output<I>, url: string, memory: z.output<M> | undefined) => Awaitable<Subscription<z.input<M>>>;
    unsubscribe?: (input: z.output<I>, memory: z.output<M>) => Awaitable<void>;
};
/** @import { z } from "zod" */
/** @import { Schema } from "./json.js" */
/** @import { Awaitable, Common } from "./operation.js" */
/** @import { Event } from "./polling.js" */
/** @import { Verification } from "./verification.js" */
/**
 * The answer that the application expects.
 * @typedef {{ status: number, headers?: [string, string][], body?: Uint8Array | string }} Answer
 */
/**
 * What came of a request: events in the order in which they happened; `answer` where the operation
 * says `answers`; `memory` where the subscription's memory changes.
 *
 * @template P, M
 * @typedef {{ events?: Event<P>[], answer?: Answer, memory?: M }} Reception
 */
/**
 * A registration with the application. The host keeps the secrets that the application issued, and
 * subscribes again after `renewAfterMs`: earlier than the application lets it lapse.
 *
 * @template M
 * @typedef {{ memory: M, secrets?: Record<string, string>, renewAfterMs?: number }} Subscription
 */
/**
 * @template {Schema} I
 * @template {Schema} P
 * @template {Schema} M
 * @typedef {Common & {
 *   input: I,
 *   payload: P,
 *   memory?: M,
 *   verification?: Verification,
 *   answers?: boolean,
 *   verifies?: boolean,
 *   receive: (input: z.output<I>, request: WebhookRequest, memory: z.output<M> | undefined) =>
 *     Awaitable<Reception<z.input<P>, z.input<M>>>,
 *   subscribe?: (input: z.output<I>, url: string, memory: z.output<M> | undefined) =>
 *     Awaitable<Subscription<z.input<M>>>,
 *   unsubscribe?: (input: z.output<I>, memory: z.output<M>) => Awaitable<void>,
 * }} WebhookDefinition
 */
/**
 * Understands an application's webhooks. The host has checked the signature as declared, kept the
 * request and answered; `receive` runs as the first step. With `answers` or `verifies` it runs before
 * the answer, with no HTTP and one second. With `subscribe` it registers itself.
 *
 * @template {Schema} I
 * @template {Schema} P
 * @template {Schema} [M=z.ZodNever]
 * @param {WebhookDefinition<I, P, M>} definition
 */
export declare function webhook<I extends Schema, P extends Schema, M extends Schema = z.ZodNever>(definition: WebhookDefinition<I, P, M>): {
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
    /** @param {string} text @param {string | undefined} memory @param {any} request */
    receive(text: string, memory: string | undefined, request: any): Promise<{
        events: {
            id: string;
            occurredAt: string | undefined;
            orderingKey: string | undefined;
            payload: string;
        }[];
        answer: {
            status: number;
            headers: [string, string][];
            body: Uint8Array<ArrayBufferLike>;
        } | undefined;
        memory: string | undefined;
    }>;
    /** @param {string} text @param {string} url @param {string | undefined} memory */
    subscribe(text: string, url: string, memory: string | undefined): Promise<{
        memory: string;
        secrets: [string, string][];
        renewAfterMs: bigint | undefined;
    }>;
    /** @param {string} text @param {string} memory */
    unsubscribe(text: string, memory: string): Promise<void>;
};
