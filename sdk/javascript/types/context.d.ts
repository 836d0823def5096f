/** Name of the workflow. */
export declare const workflow: () => string;
/** ULID of the run. */
export declare const run: () => string;
/** Path of the step inside the run: `notify`, `lines[3].post`. */
export declare const step: () => string;
/** From 1, and one more with every retry. */
export declare const attempt: () => number;
/**
 * The same for every attempt of one turn of one step of one run. Pass it on to the application
 * wherever the application takes one.
 */
export declare const idempotencyKey: () => string;
/** What is left of the call, in milliseconds. */
export declare const remainingMs: () => number;
/** Whether somebody asked for the call to end. */
export declare const cancelled: () => boolean;
/**
 * Where the application can call back, once, for `Outcome.untilCalled`; the failure says why there is
 * no such place.
 */
export declare const callbackUrl: () => string;
