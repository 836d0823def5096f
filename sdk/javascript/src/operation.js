import { kebab } from "./kebab.js";

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
export function operation(role, common, input, output, flags) {
  const { name, summary, authentication, examples = [] } = common;
  const { verification, ...rest } = flags;
  const described = Object.entries({ authentication, ...rest }).filter(
    ([, value]) => value !== undefined && value !== false,
  );
  return {
    role,
    name,
    examples,
    entry: {
      name,
      role,
      summary,
      input,
      output,
      ...Object.fromEntries(described),
      ...(verification && { verification: kebab(verification) }),
      ...(examples.length > 0 && { examples }),
    },
  };
}
