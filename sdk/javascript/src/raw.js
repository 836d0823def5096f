// The shapes of wit/*.wit as componentize-js hands them over: an option is a value or `undefined`, a
// variant `{tag, val}`, a `u64` a bigint, and the error of a result is thrown as `{payload}`.

import { defect } from "./defect.js";
import { Failure } from "./failure.js";

/** @typedef {{ tag: "ok", val: any } | { tag: "err", val: any }} RawResult */

/**
 * Asks the host for something, and makes a failure of its refusal.
 *
 * @template T
 * @template E
 * @param {() => T} ask
 * @param {(error: E) => Failure} fail
 * @returns {T}
 */
export function asked(ask, fail) {
  try {
    return ask();
  } catch (error) {
    if (isRefusal(error)) throw fail(/** @type {E} */ (error.payload));
    throw error;
  }
}

/**
 * @param {unknown} error
 * @returns {error is { payload: unknown }}
 */
export function isRefusal(error) {
  return typeof error === "object" && error !== null && Object.hasOwn(error, "payload");
}

/** @param {Failure} failure */
export function writeFailure({ disposition, waitMs, message, cause }) {
  const wait = waitMs === undefined ? undefined : BigInt(Math.max(0, Math.ceil(waitMs)));
  return {
    disposition: disposition === "retry" ? { tag: disposition, val: wait } : { tag: disposition },
    message,
    cause: cause && {
      status: cause.status,
      code: cause.code,
      record: cause.record,
      field: cause.field,
      body: cause.body,
    },
  };
}

/**
 * Calls, and gives the result or the failure as the contract has them. Anything else that is thrown
 * is a defect of the plugin: the call ends in a trap, and the stack stands in the step's log.
 *
 * @param {() => unknown} call
 * @returns {Promise<RawResult>}
 */
export async function result(call) {
  try {
    return { tag: "ok", val: await call() };
  } catch (error) {
    if (error instanceof Failure) return { tag: "err", val: writeFailure(error) };
    throw defect(error);
  }
}

/** What every role answers for a name that it does not have. @param {string} name @param {string} role */
export function unknown(name, role) {
  return Failure.misconfigured(`this plugin has no ${role} called \`${name}\``);
}
