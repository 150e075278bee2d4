import { assert, assertEquals, assertThrows } from "@std/assert";
import { homeLogin } from "../../../lib/agents/codex/login.ts";

const EXPIRES = Date.parse("2026-12-09T04:00:00Z");
const REFRESHED = "2026-11-29T04:00:00.123456Z";

const ID_TOKEN = jwtOf({
  email: "anna@example.com",
  "https://api.openai.com/auth": {
    chatgpt_account_id: "account-1",
    chatgpt_user_id: "user-1",
    chatgpt_plan_type: "plus",
  },
});

const TOKENS = {
  id_token: ID_TOKEN,
  access_token: jwtOf({ exp: EXPIRES / 1_000 }),
  refresh_token: "secret-refresh-1",
  account_id: "account-1",
};

const PLAN = {
  auth_mode: "chatgpt",
  OPENAI_API_KEY: null,
  tokens: TOKENS,
  last_refresh: REFRESHED,
};

function jwtOf(claims: unknown): string {
  const part = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value))
      .toBase64({ alphabet: "base64url", omitPadding: true });
  return `${part({ alg: "none" })}.${part(claims)}.${part("signature")}`;
}

function parse(content: unknown) {
  return homeLogin.parse(new TextEncoder().encode(JSON.stringify(content)));
}

Deno.test("codex parse() reads a plan login", () => {
  assertEquals(parse(PLAN), {
    kind: "plan",
    owner: "user-1@account-1",
    name: "a…@example.com",
    expiresAt: EXPIRES,
    grantedAt: Date.parse(REFRESHED),
    isUsable: true,
  });
});

const KEY = "sk-proj-0123456789abcdefcafe";

for (
  const content of [
    { auth_mode: "apikey", OPENAI_API_KEY: KEY },
    { OPENAI_API_KEY: KEY }, // 0.60.1
    { ...PLAN, auth_mode: undefined, OPENAI_API_KEY: KEY },
    { ...PLAN, auth_mode: "apikey", OPENAI_API_KEY: KEY },
  ]
) {
  Deno.test(`codex parse() reads a key in ${Object.keys(content)}, ${content.auth_mode}`, () => {
    assertEquals(parse(content), {
      kind: "api-key",
      owner: undefined,
      name: "sk-…cafe",
      expiresAt: undefined,
      isUsable: true,
    });
  });
}

Deno.test("codex parse() takes a login without a mode for that of a plan", () => {
  assertEquals(parse({ ...PLAN, auth_mode: undefined }).kind, "plan");
});

const OWNERS: [string, Record<string, unknown>, string | undefined][] = [
  ["the account of the file", { account_id: "team-2" }, "user-1@team-2"],
  [
    "the account of the token",
    { account_id: undefined },
    "user-1@account-1",
  ],
  [
    "none without a user",
    { id_token: jwtOf({ email: "anna@example.com" }) },
    undefined,
  ],
  [
    "none without an account",
    {
      account_id: "",
      id_token: jwtOf({
        "https://api.openai.com/auth": { chatgpt_user_id: "user-1" },
      }),
    },
    undefined,
  ],
];

for (const [what, tokens, owner] of OWNERS) {
  Deno.test(`codex parse() names as the owner ${what}`, () => {
    const login = parse({ ...PLAN, tokens: { ...TOKENS, ...tokens } });
    assertEquals(login.owner, owner);
  });
}

Deno.test("codex parse() distinguishes two members of one workspace", () => {
  const id_token = jwtOf({
    "https://api.openai.com/auth": { chatgpt_user_id: "user-2" },
  });
  const other = parse({ ...PLAN, tokens: { ...TOKENS, id_token } });
  assertEquals(other.owner, "user-2@account-1");
});

Deno.test("codex parse() expects a refresh after 8 days if the token does not say", () => {
  for (const access_token of ["opaque", jwtOf({ exp: "soon" })]) {
    const login = parse({ ...PLAN, tokens: { ...TOKENS, access_token } });
    assertEquals(login.expiresAt, Date.parse("2026-12-07T04:00:00.123Z"));
  }
});

Deno.test("codex parse() takes a login without any token for unusable", () => {
  const blank = { access_token: "", refresh_token: "" };
  const usable = (tokens: unknown) => parse({ ...PLAN, tokens }).isUsable;
  assert(!usable({ ...TOKENS, ...blank }));
  assert(usable({ ...TOKENS, access_token: "" }));
  assert(usable({ ...TOKENS, refresh_token: "" }));
});

const BROKEN: Record<string, unknown> = {
  "is not a JSON object": ["secret"],
  "has no id_token": { ...PLAN, tokens: { ...TOKENS, id_token: undefined } },
  "has no access_token": { ...PLAN, tokens: { ...TOKENS, access_token: 1 } },
  "has no refresh_token": {
    ...PLAN,
    tokens: { ...TOKENS, refresh_token: null },
  },
  "has an id_token that is not a JWT": {
    ...PLAN,
    tokens: { ...TOKENS, id_token: "secret" },
  },
  "has no last_refresh": { ...PLAN, last_refresh: undefined },
  "has no OPENAI_API_KEY": { auth_mode: "apikey", OPENAI_API_KEY: "" },
  "has a login of an unknown kind": { ...PLAN, auth_mode: "agentIdentity" },
};

for (const [problem, content] of Object.entries(BROKEN)) {
  Deno.test(`codex parse() refuses a file that ${problem}`, () => {
    const { message } = assertThrows(() => parse(content), SyntaxError);
    assertEquals(message, problem);
  });
}

Deno.test("codex parse() refuses what is not JSON, and quotes nothing", () => {
  const whole = new TextEncoder().encode(JSON.stringify(PLAN));
  const parts: [string, Uint8Array][] = [
    ["is empty", new Uint8Array()],
    ["is not valid JSON", whole.subarray(0, -9)],
    ["is not valid JSON", new Uint8Array(whole.length)],
    ["is not valid JSON", Uint8Array.of(0xff)],
    ["has no id_token", new TextEncoder().encode("{}")],
  ];
  for (const [problem, bytes] of parts) {
    const error = assertThrows(() => homeLogin.parse(bytes), SyntaxError);
    assertEquals(error.message, problem);
  }
});

Deno.test("codex has its login where its home is, in every version", () => {
  assertEquals(homeLogin.variables("/home/me/.codex/accounts/2", "0.60.1"), {
    CODEX_HOME: "/home/me/.codex/accounts/2",
  });
  assert(homeLogin.isStoreMovable(undefined));
  assertEquals(homeLogin.locks("/home/me/.codex"), [
    { path: "/home/me/.codex/auth.lock", kind: "flock" },
  ]);
  assert(homeLogin.conflicting.includes("CODEX_API_KEY"));
  assertEquals(homeLogin.logIn.args.at(-1), "login");
});
