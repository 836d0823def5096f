// How a connection proves who it is. The host holds every secret and does what is declared here; a
// plugin never sees the bytes. Templates hold `{secrets.NAME}`, `{settings.NAME}` and
// `{captured.NAME}`.

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

export const Secret = {
  /**
   * A secret that the host puts into requests.
   * @param {string} name
   * @returns {SecretOf}
   */
  inject: (name) => ({ name, use: "inject" }),

  /**
   * A secret that the plugin, or the host for a webhook, may sign and verify with.
   * @param {string} name
   * @param {Algorithm[]} algorithms
   * @returns {SecretOf}
   */
  sign: (name, algorithms) => ({ name, use: "sign", algorithms }),
};

export const Scheme = {
  /**
   * One secret called `token`, sent as `authorization: Bearer …`.
   * @param {string} id
   * @param {string} title
   */
  bearer: (id, title) =>
    Scheme.header(id, title, "token", "authorization", "Bearer {secrets.token}"),

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
  header: (id, title, secret, header, template) => ({
    id,
    title,
    kind: "secrets",
    secrets: [Secret.inject(secret)],
    placements: [{ in: "header", name: header, template }],
  }),

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
  oauth2: (id, title, oauth2) => ({
    id,
    title,
    kind: "oauth2",
    grant: "authorization-code",
    pkce: (oauth2.grant ?? "authorization-code") === "authorization-code",
    clientAuthentication: "basic",
    scopeSeparator: " ",
    rotatingRefresh: false,
    ...oauth2,
  }),
};
