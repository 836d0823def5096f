export { action, Outcome, Turn } from "./action.js";
export { batch } from "./batch.js";
export { polling, Start } from "./polling.js";
export { webhook } from "./webhook.js";
export { WebhookRequest } from "./webhook_request.js";
export { transform } from "./transform.js";
export * as connection from "./connection.js";
export * as context from "./context.js";
export * as files from "./files.js";
export * as http from "./http.js";
export * as log from "./log.js";
export * as state from "./state.js";
export { plugin, Plugin } from "./plugin.js";
export { Scheme, Secret } from "./authentication.js";
export { Failure } from "./failure.js";
export type Cause = import("./failure.js").Cause;
export type Disposition = import("./failure.js").Disposition;
export type Example = import("./operation.js").Example;
export type Repeat = import("./operation.js").Repeat;
export type Account = import("./plugin.js").Account;
export type Verification = import("./verification.js").Verification;
export type Explore = import("./explore.js").Explore;
/** @typedef {import("./failure.js").Cause} Cause */
/** @typedef {import("./failure.js").Disposition} Disposition */
/** @typedef {import("./operation.js").Example} Example */
/** @typedef {import("./operation.js").Repeat} Repeat */
/** @typedef {import("./plugin.js").Account} Account */
/** @typedef {import("./verification.js").Verification} Verification */
/** @typedef {import("./explore.js").Explore} Explore */
