import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  formatToken,
  homeLogin,
  problemOfToken,
} from "../../../lib/agents/claude/login.ts";
import type { HomeLogin } from "../../../lib/agents/home_login.ts";

const END = Date.parse("2026-11-30T12:00:00Z");

const OAUTH = {
  accessToken: "sk-ant-oat01-secret-1",
  refreshToken: "sk-ant-ort01-secret-1",
  expiresAt: END,
  scopes: ["user:inference", "user:profile"],
  subscriptionType: "max",
  accountUuid: "a-1",
  organizationUuid: "o-1",
};

const PLAN: HomeLogin = {
  kind: "plan",
  owner: "a-1@o-1",
  name: undefined,
  expiresAt: END,
  isUsable: true,
};

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function decode(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}

const LOGINS: [what: string, oauth: unknown, expected: HomeLogin][] = [
  ["a plan", OAUTH, PLAN],
  ["the same person in another organization", {
    ...OAUTH,
    organizationUuid: "o-2",
  }, { ...PLAN, owner: "a-1@o-2" }],
  ["a plan without an account", { ...OAUTH, accountUuid: undefined }, {
    ...PLAN,
    owner: undefined,
  }],
  ["a plan without an organization", { ...OAUTH, organizationUuid: "" }, {
    ...PLAN,
    owner: undefined,
  }],
  ["a login that a refused refresh has blanked", {
    ...OAUTH,
    accessToken: "",
    refreshToken: "",
    expiresAt: 0,
  }, { ...PLAN, expiresAt: undefined, isUsable: false }],
  ["a login without a refresh token", { ...OAUTH, refreshToken: "" }, {
    ...PLAN,
    isUsable: false,
  }],
  ["a login that reached its time limit", {
    ...OAUTH,
    loginEnded: "time_limit",
  }, { ...PLAN, isUsable: false }],
  ["a token of setup-token", {
    accessToken: "sk-ant-oat01-secret-1",
    refreshToken: null,
    expiresAt: null,
    scopes: ["user:inference"],
  }, {
    kind: "token",
    owner: undefined,
    name: undefined,
    expiresAt: undefined,
    isUsable: true,
  }],
];

for (const [what, claudeAiOauth, expected] of LOGINS) {
  Deno.test(`parse() reads ${what}`, () => {
    const bytes = encode({ claudeAiOauth, mcpOAuth: {} });
    assertEquals(homeLogin.parse(bytes), expected);
  });
}

const BROKEN: [what: string, bytes: Uint8Array, message: string][] = [
  ["nothing", new Uint8Array(), "is empty"],
  [
    "half of a login",
    encode({ claudeAiOauth: OAUTH }).subarray(0, 60),
    "is not valid JSON",
  ],
  ["zeros", new Uint8Array(9), "is not valid JSON"],
  ["an array", encode([OAUTH]), "is not a JSON object"],
  ["only logins of MCP servers", encode({ mcpOAuth: {} }), "has no tokens"],
  [
    "a login without a token",
    encode({ claudeAiOauth: {} }),
    "has no access token",
  ],
];

for (const [what, bytes, expected] of BROKEN) {
  Deno.test(`parse() throws for ${what}, and quotes nothing`, () => {
    const { message } = assertThrows(
      () => homeLogin.parse(bytes),
      SyntaxError,
    );
    assertEquals(message, expected);
  });
}

Deno.test("exchange() moves what belongs to an account, and nothing else", () => {
  const outgoing = {
    claudeAiOauth: OAUTH,
    trustedDeviceToken: "device-1",
    mcpOAuth: { "server|1": { accessToken: "mcp-1" } },
    pluginSecrets: { it: { key: "plugin-1" } },
  };
  const other = { ...OAUTH, accountUuid: "a-2" };
  const incoming = {
    claudeAiOauth: other,
    organizationUuid: "o-2",
    mcpOAuth: { "server|2": { accessToken: "mcp-2" } },
  };
  const { plain, folder } = homeLogin.exchange(
    encode(outgoing),
    encode(incoming),
  );
  assertEquals(decode(plain), {
    claudeAiOauth: other,
    organizationUuid: "o-2",
    mcpOAuth: outgoing.mcpOAuth,
    pluginSecrets: outgoing.pluginSecrets,
  });
  assertEquals(decode(folder), {
    claudeAiOauth: OAUTH,
    trustedDeviceToken: "device-1",
    mcpOAuth: incoming.mcpOAuth,
  });
  const back = homeLogin.exchange(plain, folder);
  assertEquals(decode(back.plain), outgoing);
  assertEquals(decode(back.folder), incoming);
});

Deno.test("exchange() puts a login where none was", () => {
  const incoming = encode({ claudeAiOauth: OAUTH });
  const { plain, folder } = homeLogin.exchange?.(new Uint8Array(), incoming) ??
    {};
  assert(plain && folder);
  assertEquals(homeLogin.parse(plain), PLAN);
  assertEquals(decode(folder), {});
});

Deno.test("locks() returns the locks of a store, as the agent takes them", () => {
  assertEquals(homeLogin.locks("/home/me/.claude").map((it) => it.path), [
    "/home/me/.claude/.oauth_refresh.lock",
    "/home/me/.claude.lock",
    "/home/me/.claude/.storage-write.lock",
  ]);
});

const STORES: [version: string | undefined, variable: string][] = [
  ["2.1.332", "CLAUDE_SECURESTORAGE_CONFIG_DIR"],
  ["2.1.169", "CLAUDE_SECURESTORAGE_CONFIG_DIR"],
  ["2.1.168", "CLAUDE_CONFIG_DIR"],
  ["2.1.142", "CLAUDE_CONFIG_DIR"],
  ["1.0.128", "CLAUDE_CONFIG_DIR"],
  [undefined, "CLAUDE_CONFIG_DIR"],
];

for (const [version, variable] of STORES) {
  Deno.test(`variables() sets ${variable} for ${version}`, () => {
    const variables = homeLogin.variables(
      "/home/me/.claude/accounts/1",
      version,
    );
    assertEquals(variables, { [variable]: "/home/me/.claude/accounts/1" });
  });
}

Deno.test("no variable overrides the login of a folder", () => {
  const { conflicting } = homeLogin;
  for (
    const name of [
      "ANTHROPIC_API_KEY",
      "ANTHROPIC_AUTH_TOKEN",
      "CLAUDE_CODE_OAUTH_TOKEN",
      "CLAUDE_CODE_USE_BEDROCK",
    ]
  ) assert(conflicting.includes(name), name);
  assert(!conflicting.includes("ANTHROPIC_BASE_URL"));
});

const TOKENS: [text: string, problem: string | undefined][] = [
  ["sk-ant-oat01-secret_1", undefined],
  ["", "is empty"],
  ["sk-ant-api03-secret-1", "is an API key, not a token"],
  ["sk-ant-ort01-secret-1", "is a refresh token"],
  ["sk-ant-oat01-secret 1", "has characters that no token has"],
  ["hello world", "does not begin with sk-ant-oat"],
];

for (const [text, problem] of TOKENS) {
  Deno.test(`problemOfToken() returns ${problem} for ${JSON.stringify(text)}`, () => {
    assertEquals(problemOfToken(text), problem);
  });
}

Deno.test("parse() reads the token that formatToken() writes", () => {
  const bytes = formatToken("sk-ant-oat01-secret-1");
  assertEquals(homeLogin.parse(bytes), {
    kind: "token",
    owner: undefined,
    name: undefined,
    expiresAt: undefined,
    isUsable: true,
  });
});
