import type { Schema } from "./json.js";
import type { SchemeOf } from "./authentication.js";
import type { Explore } from "./explore.js";
import type { Awaitable } from "./operation.js";
import type { action } from "./action.js";
import type { batch } from "./batch.js";
import type { polling } from "./polling.js";
import type { transform } from "./transform.js";
import type { webhook } from "./webhook.js";
export type Action = ReturnType<typeof action>;
export type Batch = ReturnType<typeof batch>;
export type Polling = ReturnType<typeof polling>;
export type Webhook = ReturnType<typeof webhook>;
export type Transform = ReturnType<typeof transform>;
export type Account = {
    /**
     * the application's id of the account, to tell two connections apart
     */
    id: string;
    /**
     * for people: `Acme GmbH (live)`
     */
    label: string;
    /**
     * what the credential may do
     */
    scopes?: string[];
    /**
     * that the application told, for example its API's base address
     */
    settings?: object;
};
export type PluginDefinition = {
    /**
     * `namespace/name`
     */
    name: string;
    /**
     * semantic version
     */
    version: string;
    /**
     * for people: the application's own name
     */
    title: string;
    /**
     * one sentence: lower case, no full stop
     */
    summary?: string;
    /**
     * SPDX expression
     */
    licence?: string;
    /**
     * of a connection, without secrets
     */
    settings?: Schema;
    /**
     * how often the application may
     * be asked, per connection
     */
    rate?: {
        requests: number;
        perMs: number;
        atOnce?: number;
    };
    /**
     * that the plugin would like to reach; the operator grants them or not
     */
    hosts?: string[];
    /**
     * where the credential may go: exact HTTPS origins, or templates over the
     * settings
     */
    origins?: string[];
    /**
     * the ways to authenticate
     */
    authentication?: SchemeOf[];
    /**
     * shows that a connection works, with the cheapest request
     * that needs the credential
     */
    check?: () => Awaitable<Account>;
    actions?: Action[];
    batch?: Batch[];
    polling?: Polling[];
    webhooks?: Webhook[];
    explore?: Explore;
    transforms?: Transform[];
};
/** @import { Schema } from "./json.js" */
/** @import { SchemeOf } from "./authentication.js" */
/** @import { Explore } from "./explore.js" */
/** @import { Awaitable } from "./operation.js" */
/** @import { action } from "./action.js" */
/** @import { batch } from "./batch.js" */
/** @import { polling } from "./polling.js" */
/** @import { transform } from "./transform.js" */
/** @import { webhook } from "./webhook.js" */
/** @typedef {ReturnType<typeof action>} Action */
/** @typedef {ReturnType<typeof batch>} Batch */
/** @typedef {ReturnType<typeof polling>} Polling */
/** @typedef {ReturnType<typeof webhook>} Webhook */
/** @typedef {ReturnType<typeof transform>} Transform */
/**
 * What a credential belongs to.
 *
 * @typedef {object} Account
 * @property {string} id the application's id of the account, to tell two connections apart
 * @property {string} label for people: `Acme GmbH (live)`
 * @property {string[]} [scopes] what the credential may do
 * @property {object} [settings] that the application told, for example its API's base address
 */
/**
 * A plugin: what it says about itself, and its operations.
 *
 * @typedef {object} PluginDefinition
 * @property {string} name `namespace/name`
 * @property {string} version semantic version
 * @property {string} title for people: the application's own name
 * @property {string} [summary] one sentence: lower case, no full stop
 * @property {string} [licence] SPDX expression
 * @property {Schema} [settings] of a connection, without secrets
 * @property {{ requests: number, perMs: number, atOnce?: number }} [rate] how often the application may
 *   be asked, per connection
 * @property {string[]} [hosts] that the plugin would like to reach; the operator grants them or not
 * @property {string[]} [origins] where the credential may go: exact HTTPS origins, or templates over the
 *   settings
 * @property {SchemeOf[]} [authentication] the ways to authenticate
 * @property {() => Awaitable<Account>} [check] shows that a connection works, with the cheapest request
 *   that needs the credential
 * @property {Action[]} [actions]
 * @property {Batch[]} [batch]
 * @property {Polling[]} [polling]
 * @property {Webhook[]} [webhooks]
 * @property {Explore} [explore]
 * @property {Transform[]} [transforms]
 */
/** @param {PluginDefinition} definition */
export declare const plugin: (definition: PluginDefinition) => Plugin;
export declare class Plugin {
    definition: PluginDefinition;
    /** @param {PluginDefinition} definition */
    constructor(definition: PluginDefinition);
    /** The interfaces that the component exports besides `describe`, as wit/exports.wit names them. */
    get roles(): string[];
    /** What `describe` returns, see wit/descriptor.schema.json. */
    descriptor(): {
        [k: string]: any;
    };
}
