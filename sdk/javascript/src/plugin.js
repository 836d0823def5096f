import { kebab } from "./kebab.js";
import { schemaIn } from "./json.js";

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
export const plugin = (definition) => new Plugin(definition);

export class Plugin {
  /** @param {PluginDefinition} definition */
  constructor(definition) {
    this.definition = definition;
  }

  /** The interfaces that the component exports besides `describe`, as wit/exports.wit names them. */
  get roles() {
    const { check, actions, batch, polling, webhooks, explore, transforms } = this.definition;
    const roles = { check, actions, batch, polling, webhooks, explore, transform: transforms };
    return Object.entries(roles)
      .filter(([, part]) => (Array.isArray(part) ? part.length > 0 : part !== undefined))
      .map(([role]) => role);
  }

  /** What `describe` returns, see wit/descriptor.schema.json. */
  descriptor() {
    const { name, version, title, summary, licence, settings, rate } = this.definition;
    const { hosts, origins, authentication } = this.definition;
    const { actions = [], batch = [], polling = [] } = this.definition;
    const { webhooks = [], transforms = [] } = this.definition;
    const operations = [...actions, ...batch, ...polling, ...webhooks, ...transforms];
    const about = {
      "schema-version": 1,
      name,
      version,
      licence,
      title,
      summary,
      settings: settings && schemaIn(settings),
      rate: rate && kebab(rate),
      hosts,
      origins,
      authentication: authentication && kebab(authentication),
      operations: operations.map(({ entry }) => entry),
    };
    return Object.fromEntries(Object.entries(about).filter(([, value]) => value !== undefined));
  }
}
