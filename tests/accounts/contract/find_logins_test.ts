import { assert, assertEquals } from "@std/assert";
import { qwen } from "../../../lib/agents/qwen/agent.ts";
import { findLogins } from "../../../lib/accounts/find_logins.ts";
import { replaceFiles } from "../../support/files.ts";
import { makePipe } from "../../support/pipe.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

const URL = "https://example.com/v1";
const CREDENTIAL = JSON.stringify({
  access_token: "secret-access",
  refresh_token: "secret-refresh",
  token_type: "Bearer",
  expiry_date: 1_795_250_100_000,
});

const IN_ORDER = [
  "home/project/deep/.qwen/.env",
  "home/project/deep/.env",
  "home/project/.qwen/.env",
  "home/project/.env",
  "home/.qwen/.env",
  "home/.env",
];

for (const [at, first] of IN_ORDER.entries()) {
  Deno.test(`findLogins() prefers the key of ${first} to later ones`, async () => {
    await using dir = await places();
    for (const path of IN_ORDER.slice(at)) {
      await write(dir, path, `OPENAI_API_KEY=sk-${path}\n`);
    }
    assertEquals((await find(dir)).keys.map((it) => it.origin), [
      `${dir.path}/${first}`,
    ]);
  });
}

Deno.test("findLogins() searches the home folder when it works elsewhere", async () => {
  await using dir = await places();
  await Deno.mkdir(`${dir.path}/elsewhere`);
  await write(dir, "home/.qwen/.env", "OPENAI_API_KEY=sk-1\n");
  const { keys } = await find(dir, { cwd: `${dir.path}/elsewhere` });
  assertEquals(keys.map((it) => it.apiKey), ["sk-1"]);
});

Deno.test("findLogins() continues when a file has no key", async () => {
  await using dir = await places();
  await write(dir, "home/project/.env", "DATABASE_URL=x\nOPENAI_API_KEY=\n");
  await write(dir, "home/.env", "OPENAI_API_KEY=sk-1\n");
  const { keys, unusable } = await find(dir);
  assertEquals(keys.map((it) => it.apiKey), ["sk-1"]);
  assertEquals(unusable, []);
});

Deno.test("findLogins() finds a key with its base URL and model", async () => {
  await using dir = await places();
  const text = `OPENAI_API_KEY=sk-1\nOPENAI_BASE_URL=${URL}\nOPENAI_MODEL=m\n`;
  const origin = await write(dir, "home/project/.env", text);
  const key = {
    apiKey: "sk-1",
    baseUrl: URL,
    model: "m",
    isProjectAddress: true,
    cleaned: [],
  };
  const { lookedAt: _, ...found } = await find(dir);
  assertEquals(found, {
    credentials: [],
    keys: [{ origin, variable: "OPENAI_API_KEY", ...key }],
    unusable: [],
  });
});

Deno.test("findLogins() finds keys in the environment, including those of services", async () => {
  await using dir = await places();
  const { keys } = await find(dir, {
    env: {
      OPENAI_API_KEY: "sk-1",
      DASHSCOPE_API_KEY: "sk-2",
      OPENROUTER_API_KEY: "sk-3",
    },
  });
  assertEquals(
    keys.map(({ origin, variable, baseUrl }) => [
      origin,
      variable,
      baseUrl,
    ]),
    [
      ["environment", "OPENAI_API_KEY", undefined],
      ["environment", "DASHSCOPE_API_KEY", undefined], // belongs to one of two regions
      ["environment", "OPENROUTER_API_KEY", "https://openrouter.ai/api/v1"],
    ],
  );
});

Deno.test("findLogins() does not use a base URL from elsewhere", async () => {
  await using dir = await places();
  await write(
    dir,
    "home/project/.env",
    "OPENAI_BASE_URL=https://evil.example\n",
  );
  const { keys } = await find(dir, { env: { OPENAI_API_KEY: "sk-1" } });
  assertEquals(keys.map((it) => it.baseUrl), [undefined]);
});

Deno.test("findLogins() finds the same key only once", async () => {
  await using dir = await places();
  const env = { OPENAI_API_KEY: "sk-1", DASHSCOPE_API_KEY: "sk-1" };
  await write(dir, "home/.env", "OPENAI_API_KEY=sk-1\n");
  const { keys } = await find(dir, { env });
  assertEquals(keys.map((it) => it.variable), ["OPENAI_API_KEY"]);
});

Deno.test("findLogins() finds the login of the agent", async () => {
  await using dir = await places();
  const path = await write(
    dir,
    "home/.agent/qwen/oauth_creds.json",
    CREDENTIAL,
  );
  const { credentials } = await find(dir);
  assertEquals(credentials.map((it) => it.path), [path]);
  assertEquals(credentials[0]?.credential.refreshToken, "secret-refresh");
});

const ENV_FILE = "home/project/deep/.env";
const LOGIN = "home/.agent/qwen/oauth_creds.json";

/** In a user namespace, root is another user. */
const DEVICE_OWNER = Deno.statSync("/dev/zero").uid;
const DEVICE_PROBLEM = [0, Deno.uid()].includes(DEVICE_OWNER)
  ? "is not a file"
  : `belongs to user ${DEVICE_OWNER}`;

const HOSTILE: Record<
  string,
  { make: (path: string) => Promise<unknown>; problem: string }
> = {
  "a pipe": { make: makePipe, problem: "is not a file" },
  "a link to a device": {
    make: (it) => Deno.symlink("/dev/zero", it),
    problem: DEVICE_PROBLEM,
  },
  "a link to itself": {
    make: (it) => Deno.symlink(it, it),
    problem: "is a link to itself",
  },
  "a huge file": {
    make: async (it) => {
      await Deno.writeTextFile(it, "");
      await Deno.truncate(it, 2 ** 40);
    },
    problem: "is too large",
  },
};

for (const [what, { make, problem }] of Object.entries(HOSTILE)) {
  for (const name of [ENV_FILE, LOGIN]) {
    Deno.test(`findLogins() skips ${name} when it is ${what}`, async () => {
      await using dir = await places();
      await write(dir, "home/.env", "OPENAI_API_KEY=sk-1\n");
      const origin = `${dir.path}/${name}`;
      await make(origin);
      const found = await find(dir);
      assertEquals(found.unusable, [{ origin, problem }]);
      assertEquals(found.credentials, []);
      assertEquals(found.keys.map((it) => it.apiKey), ["sk-1"]);
    });
  }
}

const UNUSABLE: Record<string, [string, string | Uint8Array, string]> = {
  "it is binary": [ENV_FILE, new Uint8Array([1, 0, 255]), "is not text"],
  "the key is invalid": [
    ENV_FILE,
    "OPENAI_API_KEY='sk secret'",
    "in OPENAI_API",
  ],
  "the base URL is http": [
    ENV_FILE,
    "OPENAI_API_KEY=secret\nOPENAI_BASE_URL=http://secret.org",
    "is not https",
  ],
  "it is cut short": [LOGIN, CREDENTIAL.slice(0, -5), "is not valid JSON"],
  "it is empty": [LOGIN, "", "is empty"],
};

for (const [when, [name, content, problem]] of Object.entries(UNUSABLE)) {
  Deno.test(`findLogins() skips ${name} when ${when}`, async () => {
    await using dir = await places();
    const origin = await write(dir, name, content);
    const found = await find(dir);
    assertEquals([found.credentials, found.keys], [[], []]);
    const [first, ...others] = found.unusable;
    assertEquals([first?.origin, others], [origin, []]);
    assert(first?.problem.includes(problem), first?.problem);
    assert(!JSON.stringify(found.unusable).includes("secret"));
  });
}

for (const name of [ENV_FILE, LOGIN]) {
  Deno.test(`findLogins() skips ${name} when it belongs to another user`, async () => {
    await using dir = await places();
    await write(dir, ENV_FILE, "OPENAI_API_KEY=sk-1\n");
    await write(dir, LOGIN, CREDENTIAL);
    const origin = `${dir.path}/${name}`;
    using _files = replaceFiles(({ info }) => ({
      info: async (path) => {
        const found = await info(path);
        return found && path === origin ? { ...found, uid: 4711 } : found;
      },
    }));
    const { credentials, keys, unusable } = await find(dir);
    assertEquals(unusable, [{ origin, problem: "belongs to user 4711" }]);
    assertEquals(credentials.length + keys.length, 1);
  });
}

Deno.test("findLogins() finds nothing when a file is in the place of a folder", async () => {
  await using dir = await places();
  await write(dir, "home/project/deep/.qwen", "");
  await Deno.remove(`${dir.path}/home/.agent`, { recursive: true });
  await write(dir, "home/.agent", "");
  const { lookedAt: _, ...found } = await find(dir);
  assertEquals(found, { credentials: [], keys: [], unusable: [] });
});

Deno.test("findLogins() skips a file when it cannot be read", async () => {
  await using dir = await places();
  const origin = await write(dir, ENV_FILE, "OPENAI_API_KEY=sk-1\n");
  using _files = replaceFiles(() => ({
    read: () => Promise.reject(Object.assign(new Error(), { code: "EACCES" })),
  }));
  const { unusable } = await find(dir);
  assertEquals(unusable, [{ origin, problem: "cannot be read" }]);
});

const INTL = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1";
const SETTINGS = "home/.qwen/settings.json";
const PROJECT_SETTINGS = "home/project/deep/.qwen/settings.json";

Deno.test("findLogins() finds the key that qwen has stored in its settings", async () => {
  await using dir = await places();
  const origin = await write(dir, SETTINGS, settings("PLAN", { PLAN: "sk-1" }));
  const { keys } = await find(dir);
  assertEquals(keys, [{
    origin,
    variable: "PLAN",
    apiKey: "sk-1",
    baseUrl: URL,
    model: "m",
    isProjectAddress: false,
    cleaned: [],
  }]);
});

Deno.test("findLogins() reads from the user's settings where a key of the environment is sent", async () => {
  await using dir = await places();
  await write(dir, SETTINGS, settings("DASHSCOPE_API_KEY", {}, INTL));
  const env = { DASHSCOPE_API_KEY: "sk-1" };
  const { keys } = await find(dir, { env });
  assertEquals(keys.map((it) => [it.origin, it.baseUrl, it.model]), [
    ["environment", INTL, "m"],
  ]);
});

Deno.test("findLogins() does not send the user's key where the settings of a project say", async () => {
  await using dir = await places();
  await write(dir, PROJECT_SETTINGS, settings("MINE", {}));
  await write(dir, "home/.env", "MINE=sk-1\nDASHSCOPE_API_KEY=sk-2\n");
  const env = { MINE: "sk-3", OPENAI_API_KEY: "sk-4" };
  const { keys } = await find(dir, { env });
  assertEquals(keys.map((it) => [it.apiKey, it.baseUrl]), [
    ["sk-4", undefined],
    ["sk-2", undefined],
  ]);
});

Deno.test("findLogins() says that the settings of a project name the address of their key", async () => {
  await using dir = await places();
  await write(dir, PROJECT_SETTINGS, settings("PLAN", { PLAN: "sk-1" }));
  const { keys } = await find(dir);
  assertEquals(keys.map((it) => [it.baseUrl, it.isProjectAddress]), [
    [URL, true],
  ]);
});

Deno.test("findLogins() trusts the settings of the home when it works there, and those in QWEN_HOME", async () => {
  await using dir = await places();
  const home = `${dir.path}/home`;
  await write(dir, SETTINGS, settings("A", { A: "sk-1" }));
  await write(dir, "other/settings.json", settings("B", { B: "sk-2" }));
  const env = { QWEN_HOME: `${dir.path}/other` };
  const { keys } = await find(dir, { cwd: home, env });
  assertEquals(keys.map((it) => [it.apiKey, it.isProjectAddress]), [
    ["sk-2", false],
    ["sk-1", false],
  ]);
});

Deno.test("findLogins() says where it has looked", async () => {
  await using dir = await places();
  const { lookedAt } = await find(dir);
  const home = `${dir.path}/home`;
  assertEquals(lookedAt.settings, [
    `${home}/.qwen/settings.json`,
    `${home}/project/deep/.qwen/settings.json`,
  ]);
  const envFiles = lookedAt.folders.flatMap((folder) =>
    lookedAt.envFiles.map((name) => `${folder}/${name}`)
  );
  assertEquals(
    envFiles.slice(0, IN_ORDER.length),
    IN_ORDER.map((it) => `${dir.path}/${it}`),
  );
  assertEquals(lookedAt.variables.includes("OPENROUTER_API_KEY"), true);
});

const HOSTILE_SETTINGS: Record<string, [string, string | undefined]> = {
  "cut short": ['{"env": {"OPENAI_API_KEY": "secret', "is not valid JSON"],
  "a list": ["[]", "is not a JSON object"],
  "full of unterminated comments": ["/*".repeat(500_000), "is not valid JSON"],
  "full of unterminated strings": ['\\"'.repeat(500_000), "is not valid JSON"],
  "deep": [`${"[".repeat(500_000)}`, "is not valid JSON"],
  "too large": [`{"a": "${"x".repeat(2 ** 20)}"}`, "is too large"],
  "of the wrong types": [
    '{"env": 1, "modelProviders": {"openai": 2}, "security": [], "model": "x"}',
    undefined,
  ],
  "of the wrong types inside": [
    JSON.stringify({
      env: { OPENAI_API_KEY: 1, DASHSCOPE_API_KEY: ["secret"], __proto__x: {} },
      modelProviders: {
        openai: [null, 1, { envKey: {} }, { envKey: "__proto__" }],
      },
      security: { auth: { apiKey: {} } },
    }),
    undefined,
  ],
  "with an invalid key": [
    settings("PLAN", { PLAN: "sk secret" }),
    "has a key in PLAN that has a character that no key has",
  ],
  "with an unsafe address": [
    settings("PLAN", { PLAN: "secret-1" }, "http://secret.org"),
    "has a base URL for PLAN that is not https",
  ],
};

for (const [what, [content, problem]] of Object.entries(HOSTILE_SETTINGS)) {
  for (const name of [SETTINGS, PROJECT_SETTINGS]) {
    Deno.test(`findLogins() finds no key in ${name} when it is ${what}`, async () => {
      await using dir = await places();
      const origin = await write(dir, name, content);
      const { keys, unusable } = await find(dir);
      assertEquals(keys, []);
      assertEquals(unusable, problem ? [{ origin, problem }] : []);
    });
  }
}

/** Settings that send the key in `envKey` to `baseUrl`. */
function settings(
  envKey: string,
  env: Record<string, string>,
  baseUrl = URL,
): string {
  const openai = [{ id: "m", name: "M", envKey, baseUrl }];
  return JSON.stringify({ env, modelProviders: { openai } });
}

/** A home, with a folder to work in and one for the agent. */
async function places(): Promise<TempDir> {
  const dir = await tempDir();
  await Deno.mkdir(`${dir.path}/home/project/deep`, { recursive: true });
  await Deno.mkdir(`${dir.path}/home/.agent/qwen`, { recursive: true });
  return { ...dir, path: await Deno.realPath(dir.path) };
}

function find(
  dir: TempDir,
  changes: Partial<Parameters<typeof findLogins>[0]> = {},
) {
  const home = `${dir.path}/home`;
  return findLogins({
    agent: qwen,
    cwd: `${home}/project/deep`,
    home,
    env: {},
    ...changes,
  });
}

async function write(dir: TempDir, name: string, content: string | Uint8Array) {
  const path = `${dir.path}/${name}`;
  await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.writeFile(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  return path;
}
