// An authorization server and an application behind it, for the tests of connections. Prints one line when
// it is ready. ACCESS_TOKEN_SECS says how long access tokens live.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { exportJWK, importSPKI, jwtVerify } from "jose";
import Provider, { errors } from "oidc-provider";

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const CALLBACK = "http://127.0.0.1/callback";
const lifetime = Number(process.env.ACCESS_TOKEN_SECS ?? 3600);

const { publicKey, privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const verifying = await importSPKI(publicKey, "RS256");
const jwk = { ...(await exportJWK(verifying)), alg: "RS256", use: "sig" };

const server = createServer();
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const issuer = `http://127.0.0.1:${server.address().port}`;

// What happened, and who waits for it.
const counts = { "grant.error": 0, "api.ok": 0, "api.refused": 0 };
const secrets = new Set();
let waiting = [];
function count(name) {
  counts[name] = (counts[name] ?? 0) + 1;
  waiting = waiting.filter(({ what, number, tell }) => {
    const reached = (counts[what] ?? 0) >= number;
    if (reached) tell();
    return !reached;
  });
}

const client = (id, grant, method, more = {}) => ({
  client_id: id,
  client_secret: `${id}-client-secret-value`,
  grant_types: grant,
  response_types: [],
  redirect_uris: [],
  token_endpoint_auth_method: method,
  ...more,
});
const codes = { redirect_uris: [CALLBACK], response_types: ["code"], application_type: "native" };

const provider = new Provider(issuer, {
  clients: [
    client("books", ["authorization_code", "refresh_token"], "client_secret_basic", codes),
    client("public", ["authorization_code", "refresh_token"], "none", { ...codes, client_secret: undefined }),
    client("machine", ["client_credentials"], "client_secret_post"),
    client("signed", ["client_credentials"], "private_key_jwt", { client_secret: undefined, jwks: { keys: [jwk] } }),
    client("service", [JWT_BEARER], "none", { client_secret: undefined }),
  ],
  scopes: ["openid", "offline_access", "books"],
  pkce: { required: () => true, methods: ["S256"] },
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  ttl: { AccessToken: lifetime, ClientCredentials: lifetime, RefreshToken: 3600, Grant: 3600, Session: 3600, Interaction: 3600, AuthorizationCode: 60, IdToken: 3600 },
  features: { devInteractions: { enabled: false }, clientCredentials: { enabled: true } },
  interactions: { url: (_, interaction) => `/agree/${interaction.uid}` },
  findAccount: async (_, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  cookies: { keys: ["only for tests"] },
  clientBasedCORS: () => false,
});

provider.registerGrantType(
  JWT_BEARER,
  async (ctx, next) => {
    const wanted = { issuer: "service", audience: `${issuer}/token`, requiredClaims: ["jti"], maxTokenAge: 300 };
    await jwtVerify(ctx.oidc.params.assertion, verifying, wanted).catch((error) => {
      throw new errors.InvalidGrant(error.message);
    });
    const token = new provider.ClientCredentials({ client: ctx.oidc.client, scope: "books" });
    ctx.body = { access_token: await token.save(), token_type: "Bearer", expires_in: token.expiration };
    await next();
  },
  ["assertion", "scope"],
  [],
);

provider.use(async (ctx, next) => {
  await next();
  if (ctx.path !== "/token" || !ctx.body) return;
  if (ctx.body.access_token) {
    count(`grant.${ctx.oidc.params.grant_type}`);
    for (const name of ["access_token", "refresh_token"]) if (ctx.body[name]) secrets.add(ctx.body[name]);
    ctx.body.instance_url = issuer;
    ctx.body.tenant = { number: 42 };
  } else {
    count("grant.error");
  }
});

// Everybody who is sent here agrees, as `ann`.
async function agree(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") {
    return provider.interactionFinished(request, response, { login: { accountId: "ann" } }, { mergeWithLastSubmission: false });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope ?? "");
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

// The application: it takes access tokens of the server, and sessions of its own.
const sessions = new Set();
async function known(request) {
  if (sessions.has(request.headers["x-session"])) return true;
  const [, token] = (request.headers.authorization ?? "").split("Bearer ");
  if (!token) return false;
  const found = (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
  return Boolean(found?.isValid);
}

function answer(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

async function text(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function login(request, response) {
  const { user, password } = JSON.parse(await text(request));
  if (user !== "ann" || password !== 'pass"word\\value') return answer(response, 401, {});
  const session = `session-${crypto.randomUUID()}`;
  sessions.add(session);
  secrets.add(session);
  count("login");
  answer(response, 200, { data: { session } });
}

// For the tests: what happened, waiting for more of it, and taking everything back.
async function desk(url, response) {
  const [, , what] = url.pathname.split("/");
  if (what === "wait") {
    const [name, number] = [url.searchParams.get("for"), Number(url.searchParams.get("number"))];
    if ((counts[name] ?? 0) < number) await new Promise((tell) => waiting.push({ what: name, number, tell }));
  }
  if (what === "take-back") {
    sessions.clear();
    for (const token of secrets) {
      for (const kind of [provider.AccessToken, provider.RefreshToken, provider.ClientCredentials]) {
        await (await kind.find(token))?.destroy();
      }
    }
  }
  answer(response, 200, { counts, secrets: [...secrets] });
}

const oidc = provider.callback();
server.on("request", async (request, response) => {
  try {
    const url = new URL(request.url, issuer);
    if (url.pathname.startsWith("/agree/")) return await agree(request, response);
    if (url.pathname.startsWith("/desk/")) return await desk(url, response);
    if (url.pathname === "/api/login") return await login(request, response);
    if (url.pathname.startsWith("/api/")) {
      const takes = await known(request);
      count(takes ? "api.ok" : "api.refused");
      return answer(response, takes ? 200 : 401, { path: url.pathname, tenant: request.headers["x-tenant"] ?? null });
    }
    return oidc(request, response);
  } catch (error) {
    console.error(error);
    answer(response, 500, { error: "server_error" });
  }
});

console.log(JSON.stringify({ issuer, private_key: privateKey }));
