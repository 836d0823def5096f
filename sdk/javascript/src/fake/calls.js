// Calls of operations as the host makes them: everything passes through JSON, and what an operation
// gives is held against its schema.
import { Turn } from "../action.js";
import { Failure } from "../failure.js";
import { parse } from "../json.js";
import { readEvent } from "../polling.js";
import { WebhookRequest } from "../webhook_request.js";

/** @import { Schema } from "../json.js" */
/** @import { Action, Batch, Plugin, Polling, Transform, Webhook } from "../plugin.js" */

/**
 * Calls an action that takes one turn; a page gives its records, a suspension its token.
 * @param {Action} action
 * @param {unknown} input
 * @returns {Promise<any>}
 */
export async function invoke(action, input) {
  const outcome = await turn(action, input);
  if (outcome.kind === "done") return outcome.output;
  return outcome.kind === "page" ? outcome.records : outcome.token;
}

/**
 * Makes one turn of an action: `new Turn("next", token)`.
 * @param {Action} action
 * @param {unknown} input
 * @param {Turn} [turn]
 * @returns {Promise<import("../action.js").OutcomeOf<any>>}
 */
export async function turn(action, input, { kind, token, callback } = new Turn("start")) {
  const last = callback === undefined ? undefined : JSON.stringify(callback);
  const val = kind === "resumed" ? [JSON.stringify(token), last] : JSON.stringify(token);
  const { tag, val: given } = /** @type {{ tag: string, val: any }} */ (
    await action.invoke(JSON.stringify(input), { tag: kind, val })
  );
  if (tag === "done") return { kind: tag, output: checked(action, given) };
  if (tag === "page") {
    const records = given.records.map((/** @type {string} */ one) => checked(action, one));
    return { kind: tag, records, next: given.next && parse(given.next, "page token") };
  }
  const { pollAfterMs } = given;
  return {
    kind: "suspended",
    token: parse(given.token, "token"),
    callback: given.callback,
    ...(pollAfterMs !== undefined && { pollAfterMs: Number(pollAfterMs) }),
  };
}

/**
 * Calls a batch; each result is the output or the failure of that item.
 * @param {Batch} batch
 * @param {unknown[]} inputs
 * @returns {Promise<any[]>}
 */
export async function invokeBatch(batch, inputs) {
  const items = inputs.map((input, index) => ({
    idempotencyKey: `test-key-${index}`,
    input: JSON.stringify(input),
  }));
  const results = await batch.invoke(items);
  return results.map(({ tag, val }) => (tag === "ok" ? checked(batch, val) : readFailure(val)));
}

/**
 * Polls once.
 * @param {Polling} polling
 * @param {unknown} input
 * @param {unknown} [cursor]
 */
export async function poll(polling, input, cursor) {
  const from = cursor === undefined ? undefined : JSON.stringify(cursor);
  const news = await polling.poll(JSON.stringify(input), from);
  for (const event of news.events) checked(polling, event.payload);
  return {
    events: news.events.map(readEvent),
    cursor: /** @type {any} */ (parse(news.cursor, "cursor")),
    more: news.more,
  };
}

/**
 * Hands a request to a webhook.
 * @param {Webhook} webhook
 * @param {unknown} input
 * @param {ConstructorParameters<typeof WebhookRequest>[0]} request
 * @param {unknown} [memory]
 */
export async function receive(webhook, input, request, memory) {
  const remembered = memory === undefined ? undefined : JSON.stringify(memory);
  const whole = new WebhookRequest(request);
  const reception = await webhook.receive(JSON.stringify(input), remembered, whole);
  for (const event of reception.events) checked(webhook, event.payload);
  return {
    events: reception.events.map(readEvent),
    answer: reception.answer,
    memory: /** @type {any} */ (reception.memory && parse(reception.memory, "memory")),
  };
}

/**
 * Registers a webhook, or renews it where it has a memory.
 * @param {Webhook} webhook
 * @param {unknown} input
 * @param {string} url
 * @param {unknown} [memory]
 */
export async function subscribe(webhook, input, url, memory) {
  const remembered = memory === undefined ? undefined : JSON.stringify(memory);
  const given = await webhook.subscribe(JSON.stringify(input), url, remembered);
  return {
    memory: /** @type {any} */ (parse(given.memory, "memory")),
    secrets: Object.fromEntries(given.secrets),
    renewAfterMs: given.renewAfterMs === undefined ? undefined : Number(given.renewAfterMs),
  };
}

/** Takes a webhook's registration back. @param {Webhook} webhook @param {unknown} input @param {unknown} memory */
export const unsubscribe = (webhook, input, memory) =>
  webhook.unsubscribe(JSON.stringify(input), JSON.stringify(memory));

/** Asks whether the connection works. @param {Plugin} plugin */
export async function check(plugin) {
  const account = await plugin.definition.check?.();
  if (account === undefined) throw new Error("this plugin has no `check`");
  return account;
}

/**
 * Calls a transform; each result is the list of new records or the failure of that record.
 * @param {Transform} transform
 * @param {unknown} config
 * @param {unknown[]} records
 * @returns {(any[] | Failure)[]}
 */
export function apply(transform, config, records) {
  const texts = records.map((record) => JSON.stringify(record));
  const results = transform.apply(JSON.stringify(config), texts);
  return results.map(({ tag, val }) =>
    tag === "err"
      ? readFailure(val)
      : val.map((/** @type {string} */ one) => checked(transform, one)),
  );
}

/**
 * Runs the examples of a transform, and gives for each its title, what it makes and what it says that
 * it makes, to be compared by the test runner.
 * @param {Transform} transform
 */
export function runExamples(transform) {
  return transform.examples.map(({ title, input, records = [], output }) => {
    const made = apply(transform, input, records).flatMap((one) => {
      if (one instanceof Failure) throw one;
      return one;
    });
    return { title, made, expected: output };
  });
}

/**
 * An operation whose output does not fit its schema is a defect of the plugin.
 * @param {{ name: string, output: Schema }} operation
 * @param {string} text
 */
function checked({ name, output }, text) {
  const value = parse(text, "output");
  const fits = output.safeParse(value);
  if (!fits.success) throw new Error(`what \`${name}\` gives does not fit: ${fits.error.message}`);
  return value;
}

/** @param {any} raw */
function readFailure({ disposition, message, cause }) {
  const wait = disposition.val === undefined ? undefined : Number(disposition.val);
  const failure = new Failure(disposition.tag, message, wait);
  const known = Object.entries(cause ?? {}).filter(([, value]) => value !== undefined);
  if (cause !== undefined) failure.cause = Object.fromEntries(known);
  return failure;
}
