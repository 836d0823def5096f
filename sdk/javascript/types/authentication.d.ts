import type { Algorithm } from "./connection.js";
import type { Oauth1, Oauth2, Session, Sigv4 } from "./authentication_types.js";
export type SecretOf = {
    /**
     * unique in the scheme
     */
    name: string;
    /**
     * for people
     */
    title?: string;
    use: "inject" | "sign";
    /**
     * that a secret for signing allows
     */
    algorithms?: Algorithm[];
    /**
     * may be left out
     */
    optional?: boolean;
};
export type Placement = {
    in: "header" | "query" | "path" | "body";
    /**
     * of the header or parameter; JSON Pointer for a body; for a path, the
     * placeholder in braces that the plugin writes into the URL
     */
    name: string;
    /**
     * the value: `Bearer {secrets.token}`
     */
    template: string;
};
export type SchemeBase = {
    /**
     * unique in the plugin
     */
    id: string;
    /**
     * for people: `API key`
     */
    title: string;
    /**
     * how to come by the credential
     */
    summary?: string;
    /**
     * what a person enters
     */
    secrets?: SecretOf[];
    placements?: Placement[];
    /**
     * where this credential may go, instead of the plugin's own
     */
    origins?: string[];
};
export type SchemeOf = SchemeBase & ({
    kind: "secrets";
} | Oauth2 | Session | Sigv4 | Oauth1);
/** @import { Algorithm } from "./connection.js" */
/** @import { Oauth1, Oauth2, Session, Sigv4 } from "./authentication_types.js" */
/**
 * A value that only the host knows: it puts it into requests (`inject`), or signs and verifies with it
 * when the plugin asks (`sign`).
 *
 * @typedef {object} SecretOf
 * @property {string} name unique in the scheme
 * @property {string} [title] for people
 * @property {"inject" | "sign"} use
 * @property {Algorithm[]} [algorithms] that a secret for signing allows
 * @property {boolean} [optional] may be left out
 */
/**
 * Where the host puts the credential in each request.
 *
 * @typedef {object} Placement
 * @property {"header" | "query" | "path" | "body"} in
 * @property {string} name of the header or parameter; JSON Pointer for a body; for a path, the
 *   placeholder in braces that the plugin writes into the URL
 * @property {string} template the value: `Bearer {secrets.token}`
 */
/**
 * What every scheme has.
 *
 * @typedef {object} SchemeBase
 * @property {string} id unique in the plugin
 * @property {string} title for people: `API key`
 * @property {string} [summary] how to come by the credential
 * @property {SecretOf[]} [secrets] what a person enters
 * @property {Placement[]} [placements]
 * @property {string[]} [origins] where this credential may go, instead of the plugin's own
 */
/**
 * One way to authenticate; a connection picks one.
 * @typedef {SchemeBase & ({ kind: "secrets" } | Oauth2 | Session | Sigv4 | Oauth1)} SchemeOf
 */
export declare const Secret: {
    /**
     * A secret that the host puts into requests.
     * @param {string} name
     * @returns {SecretOf}
     */
    inject: (name: string) => SecretOf;
    /**
     * A secret that the plugin, or the host for a webhook, may sign and verify with.
     * @param {string} name
     * @param {Algorithm[]} algorithms
     * @returns {SecretOf}
     */
    sign: (name: string, algorithms: Algorithm[]) => SecretOf;
};
export declare const Scheme: {
    /**
     * One secret called `token`, sent as `authorization: Bearer …`.
     * @param {string} id
     * @param {string} title
     */
    bearer: (id: string, title: string) => SchemeBase & {
        kind: "secrets";
        secrets: SecretOf[];
    };
    /**
     * One secret, sent in a header that is made of a template.
     *
     * @param {string} id
     * @param {string} title
     * @param {string} secret
     * @param {string} header
     * @param {string} template
     * @returns {SchemeBase & { kind: "secrets", secrets: SecretOf[] }}
     */
    header: (id: string, title: string, secret: string, header: string, template: string) => SchemeBase & {
        kind: "secrets";
        secrets: SecretOf[];
    };
    /**
     * OAuth 2.0; the access token goes into `authorization: Bearer …`. What is left out: the grant is
     * `authorization-code` with PKCE, the client's secret goes into the `authorization` header, and a
     * space stands between scopes.
     *
     * @param {string} id
     * @param {string} title
     * @param {Pick<Oauth2, "tokenUrl"> & Partial<Omit<Oauth2, "kind">>} oauth2
     * @returns {SchemeOf}
     */
    oauth2: (id: string, title: string, oauth2: Pick<Oauth2, "tokenUrl"> & Partial<Omit<Oauth2, "kind">>) => SchemeOf;
};
