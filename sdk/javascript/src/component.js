// From a plugin to what its component exports. The entry that the build writes takes from here the
// interfaces that the plugin's world has.
import { options, schemas } from "./explore.js";
import { write } from "./json.js";
import { result, unknown } from "./raw.js";

/** @import { Plugin } from "./plugin.js" */

/**
 * @template {{ name: string }} T
 * @param {T[] | undefined} operations
 * @param {string} name
 * @param {string} role as the failure calls it
 */
function find(operations, name, role) {
  const found = operations?.find((operation) => operation.name === name);
  if (found === undefined) throw unknown(name, role);
  return found;
}

/** @param {Plugin} plugin */
export function exportsOf(plugin) {
  const { check, actions, batch, polling, webhooks, explore, transforms } = plugin.definition;
  // The plugin's modules have run when the component is built: what is made here lies in its memory.
  const descriptor = write(plugin.descriptor());
  /** @param {string} name */
  const hook = (name) => find(webhooks, name, "webhook");
  return {
    describe: { describe: () => descriptor },
    check: {
      check: () =>
        result(async () => {
          const { id, label, scopes = [], settings = {} } = (await check?.()) ?? {};
          return { id, label, scopes, settings: write(settings) };
        }),
    },
    actions: {
      /** @param {string} name @param {string} input @param {any} turn */
      invoke: (name, input, turn) =>
        result(() => find(actions, name, "action").invoke(input, turn)),
    },
    batch: {
      /** @param {string} name @param {{ idempotencyKey: string, input: string }[]} items */
      invoke: (name, items) => result(() => find(batch, name, "batch operation").invoke(items)),
    },
    polling: {
      /** @param {string} name @param {string} input @param {string} [cursor] */
      poll: (name, input, cursor) =>
        result(() => find(polling, name, "polling operation").poll(input, cursor)),
    },
    webhooks: {
      /** @param {string} name @param {string} input @param {string | undefined} memory @param {any} request */
      receive: (name, input, memory, request) =>
        result(() => hook(name).receive(input, memory, request)),
      /** @param {string} name @param {string} input @param {string} url @param {string} [memory] */
      subscribe: (name, input, url, memory) =>
        result(() => hook(name).subscribe(input, url, memory)),
      /** @param {string} name @param {string} input @param {string} memory */
      unsubscribe: (name, input, memory) => result(() => hook(name).unsubscribe(input, memory)),
    },
    explore: {
      /** @param {[string, string, string, string?, string?]} question */
      options: (...question) => result(() => explore && options(explore, ...question)),
      /** @param {string} operation @param {string} input */
      schemas: (operation, input) => result(() => explore && schemas(explore, operation, input)),
    },
    transform: {
      /** @param {string} name @param {string} config @param {string[]} records */
      apply: (name, config, records) =>
        result(() => find(transforms, name, "transform").apply(config, records)),
    },
  };
}
