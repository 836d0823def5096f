import { Failure } from "./failure.js";
export type RawResult = {
    tag: "ok";
    val: any;
} | {
    tag: "err";
    val: any;
};
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
export declare function asked<T, E>(ask: () => T, fail: (error: E) => Failure): T;
/**
 * @param {unknown} error
 * @returns {error is { payload: unknown }}
 */
export declare function isRefusal(error: unknown): error is {
    payload: unknown;
};
/** @param {Failure} failure */
export declare function writeFailure({ disposition, waitMs, message, cause }: Failure): {
    disposition: {
        tag: "retry";
        val: bigint | undefined;
    } | {
        val?: undefined;
        tag: "misconfigured" | "reauthorize" | "reject" | "unclear";
    };
    message: string;
    cause: {
        status: number | undefined;
        code: string | undefined;
        record: number | undefined;
        field: string | undefined;
        body: string | undefined;
    } | undefined;
};
/**
 * Calls, and gives the result or the failure as the contract has them. Anything else that is thrown
 * is a defect of the plugin: the call ends in a trap, and the stack stands in the step's log.
 *
 * @param {() => unknown} call
 * @returns {Promise<RawResult>}
 */
export declare function result(call: () => unknown): Promise<RawResult>;
/** What every role answers for a name that it does not have. @param {string} name @param {string} role */
export declare function unknown(name: string, role: string): Failure;
