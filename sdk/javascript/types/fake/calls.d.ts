import { Turn } from "../action.js";
import { Failure } from "../failure.js";
import { WebhookRequest } from "../webhook_request.js";
import type { Action, Batch, Plugin, Polling, Transform, Webhook } from "../plugin.js";
/** @import { Schema } from "../json.js" */
/** @import { Action, Batch, Plugin, Polling, Transform, Webhook } from "../plugin.js" */
/**
 * Calls an action that takes one turn; a page gives its records, a suspension its token.
 * @param {Action} action
 * @param {unknown} input
 * @returns {Promise<any>}
 */
export declare function invoke(action: Action, input: unknown): Promise<any>;
/**
 * Makes one turn of an action: `new Turn("next", token)`.
 * @param {Action} action
 * @param {unknown} input
 * @param {Turn} [turn]
 * @returns {Promise<import("../action.js").OutcomeOf<any>>}
 */
export declare function turn(action: Action, input: unknown, { kind, token, callback }?: Turn): Promise<import("../action.js").OutcomeOf<any>>;
/**
 * Calls a batch; each result is the output or the failure of that item.
 * @param {Batch} batch
 * @param {unknown[]} inputs
 * @returns {Promise<any[]>}
 */
export declare function invokeBatch(batch: Batch, inputs: unknown[]): Promise<any[]>;
/**
 * Polls once.
 * @param {Polling} polling
 * @param {unknown} input
 * @param {unknown} [cursor]
 */
export declare function poll(polling: Polling, input: unknown, cursor?: unknown): Promise<{
    events: import("../polling.js").Event<any>[];
    cursor: any;
    more: boolean;
}>;
/**
 * Hands a request to a webhook.
 * @param {Webhook} webhook
 * @param {unknown} input
 * @param {ConstructorParameters<typeof WebhookRequest>[0]} request
 * @param {unknown} [memory]
 */
export declare function receive(webhook: Webhook, input: unknown, request: ConstructorParameters<typeof WebhookRequest>[0], memory?: unknown): Promise<{
    events: import("../polling.js").Event<any>[];
    answer: {
        status: number;
        headers: [string, string][];
        body: Uint8Array<ArrayBufferLike>;
    } | undefined;
    memory: any;
}>;
/**
 * Registers a webhook, or renews it where it has a memory.
 * @param {Webhook} webhook
 * @param {unknown} input
 * @param {string} url
 * @param {unknown} [memory]
 */
export declare function subscribe(webhook: Webhook, input: unknown, url: string, memory?: unknown): Promise<{
    memory: any;
    secrets: {
        [k: string]: string;
    };
    renewAfterMs: number | undefined;
}>;
/** Takes a webhook's registration back. @param {Webhook} webhook @param {unknown} input @param {unknown} memory */
export declare const unsubscribe: (webhook: Webhook, input: unknown, memory: unknown) => Promise<void>;
/** Asks whether the connection works. @param {Plugin} plugin */
export declare function check(plugin: Plugin): Promise<import("../plugin.js").Account>;
/**
 * Calls a transform; each result is the list of new records or the failure of that record.
 * @param {Transform} transform
 * @param {unknown} config
 * @param {unknown[]} records
 * @returns {(any[] | Failure)[]}
 */
export declare function apply(transform: Transform, config: unknown, records: unknown[]): (any[] | Failure)[];
/**
 * Runs the examples of a transform, and gives for each its title, what it makes and what it says that
 * it makes, to be compared by the test runner.
 * @param {Transform} transform
 */
export declare function runExamples(transform: Transform): {
    title: string;
    made: any[];
    expected: unknown;
}[];
