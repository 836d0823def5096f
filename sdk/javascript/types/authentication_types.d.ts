/** @import { Algorithm } from "./connection.js" */
import type { Algorithm } from "./connection.js";
export type Oauth2 = {
    kind: "oauth2";
    /**
     * how the first token is got
     */
    grant: "authorization-code" | "client-credentials" | "jwt-bearer";
    /**
     * where the person is sent, for `authorization-code`
     */
    authorizeUrl?: string;
    /**
     * where tokens are got
     */
    tokenUrl: string;
    /**
     * where they are renewed, if not at `tokenUrl`
     */
    refreshUrl?: string;
    /**
     * where they are given up
     */
    revokeUrl?: string;
    /**
     * whether PKCE (S256) is used; on unless the application refuses it
     */
    pkce: boolean;
    /**
     * how the client proves
     * itself at the token endpoint
     */
    clientAuthentication: "basic" | "body" | "none" | "private-key-jwt";
    /**
     * asked for unless the connection says otherwise
     */
    scopes?: string[];
    /**
     * between scopes
     */
    scopeSeparator: string;
    /**
     * added to the authorization request
     */
    authorizeParameters?: Record<string, string>;
    /**
     * added to each token request
     */
    tokenParameters?: Record<string, string>;
    /**
     * each refresh gives a new refresh token and ends the old one
     */
    rotatingRefresh: boolean;
    /**
     * of an access token where the answer names none
     */
    lifetimeMs?: number;
    /**
     * what else to keep of
     * the answer or the callback, as `{captured.NAME}`: a JSON Pointer or the parameter
     */
    capture?: {
        name: string;
        from: "token" | "callback";
        at: string;
    }[];
    /**
     * for `jwt-bearer` and for `private-key-jwt`
     */
    assertion?: Assertion;
};
export type Assertion = {
    /**
     * name of the secret that holds the private key
     */
    key: string;
    /**
     * `rs256` or `es256`
     */
    algorithm: Algorithm;
    /**
     * `iat`, `exp` and `jti` are the host's
     */
    claims: Record<string, string>;
    lifetimeMs: number;
};
export type Session = {
    kind: "session";
    /**
     * `POST` as a rule
     */
    method: string;
    /**
     * a template
     */
    url: string;
    /**
     * templates
     */
    headers?: Record<string, string>;
    /**
     * a template; what stands in it is escaped for its content type
     */
    body?: string;
    /**
     * where the answer holds
     * the session, used as `{captured.session}`
     */
    token: {
        header: string;
    } | {
        cookie: string;
    } | {
        body: string;
    };
    /**
     * log in again after so long; on a 401 in any case
     */
    lifetimeMs?: number;
};
export type Sigv4 = {
    kind: "aws-sigv4";
    service: string;
    region: string;
};
export type Oauth1 = {
    kind: "oauth1";
    signature: "hmac-sha1" | "hmac-sha256";
    realm?: string;
};
/**
 * OAuth 2.0, as far as applications differ in it. URLs are templates over the settings.
 *
 * @typedef {object} Oauth2
 * @property {"oauth2"} kind
 * @property {"authorization-code" | "client-credentials" | "jwt-bearer"} grant how the first token is got
 * @property {string} [authorizeUrl] where the person is sent, for `authorization-code`
 * @property {string} tokenUrl where tokens are got
 * @property {string} [refreshUrl] where they are renewed, if not at `tokenUrl`
 * @property {string} [revokeUrl] where they are given up
 * @property {boolean} pkce whether PKCE (S256) is used; on unless the application refuses it
 * @property {"basic" | "body" | "none" | "private-key-jwt"} clientAuthentication how the client proves
 *   itself at the token endpoint
 * @property {string[]} [scopes] asked for unless the connection says otherwise
 * @property {string} scopeSeparator between scopes
 * @property {Record<string, string>} [authorizeParameters] added to the authorization request
 * @property {Record<string, string>} [tokenParameters] added to each token request
 * @property {boolean} rotatingRefresh each refresh gives a new refresh token and ends the old one
 * @property {number} [lifetimeMs] of an access token where the answer names none
 * @property {{ name: string, from: "token" | "callback", at: string }[]} [capture] what else to keep of
 *   the answer or the callback, as `{captured.NAME}`: a JSON Pointer or the parameter
 * @property {Assertion} [assertion] for `jwt-bearer` and for `private-key-jwt`
 */
/**
 * A signed assertion (RFC 7523); values are templates.
 *
 * @typedef {object} Assertion
 * @property {string} key name of the secret that holds the private key
 * @property {Algorithm} algorithm `rs256` or `es256`
 * @property {Record<string, string>} claims `iat`, `exp` and `jti` are the host's
 * @property {number} lifetimeMs
 */
/**
 * Logging in with a request of its own, and again when the session ends.
 *
 * @typedef {object} Session
 * @property {"session"} kind
 * @property {string} method `POST` as a rule
 * @property {string} url a template
 * @property {Record<string, string>} [headers] templates
 * @property {string} [body] a template; what stands in it is escaped for its content type
 * @property {{ header: string } | { cookie: string } | { body: string }} token where the answer holds
 *   the session, used as `{captured.session}`
 * @property {number} [lifetimeMs] log in again after so long; on a 401 in any case
 */
/**
 * Each request is signed with AWS Signature Version 4; secrets `access-key-id`, `secret-access-key`
 * and, where there is one, `session-token`.
 *
 * @typedef {{ kind: "aws-sigv4", service: string, region: string }} Sigv4
 */
/**
 * Each request is signed with OAuth 1.0a; secrets `consumer-key`, `consumer-secret`, `token` and
 * `token-secret`.
 *
 * @typedef {{ kind: "oauth1", signature: "hmac-sha1" | "hmac-sha256", realm?: string }} Oauth1
 */
export {};
