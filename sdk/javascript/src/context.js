// The call that the plugin is in. A plugin neither sleeps nor retries: it says what happened.
import { context as host } from "#host/context";
import { Failure } from "./failure.js";
import { asked } from "./raw.js";

/** Name of the workflow. */
export const workflow = () => host.workflow();

/** ULID of the run. */
export const run = () => host.run();

/** Path of the step inside the run: `notify`, `lines[3].post`. */
export const step = () => host.step();

/** From 1, and one more with every retry. */
export const attempt = () => host.attempt();

/**
 * The same for every attempt of one turn of one step of one run. Pass it on to the application
 * wherever the application takes one.
 */
export const idempotencyKey = () => host.idempotencyKey();

/** What is left of the call, in milliseconds. */
export const remainingMs = () => Number(host.remainingMs());

/** Whether somebody asked for the call to end. */
export const cancelled = () => host.cancelled();

/**
 * Where the application can call back, once, for `Outcome.untilCalled`; the failure says why there is
 * no such place.
 */
export const callbackUrl = () => asked(() => host.callbackUrl(), Failure.misconfigured);
