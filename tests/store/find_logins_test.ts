import { assert, assertEquals } from "@std/assert";
import { findLogins } from "../../lib/store/find_logins.ts";
import { replaceFiles } from "../support/files.ts";
import { makePipe } from "../support/pipe.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

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
  Deno.test(`findLogins() takes the key of ${first} before later ones`, async () => {
    await using dir = await places();
    for (const path of IN_ORDER.slice(at)) {
      await write(dir, path, `OPENAI_API_KEY=sk-${path}\n`);
    }
    assertEquals((await find(dir)).keys.map((it) => it.origin), [
      `${dir.path}/${first}`,
    ]);
  });
}

Deno.test("findLogins() looks into the home folder when it works elsewhere", async () => {
  await using dir = await places();
  await Deno.mkdir(`${dir.path}/elsewhere`);
  await write(dir, "home/.qwen/.env", "OPENAI_API_KEY=sk-1\n");
  const { keys } = await find(dir, { cwd: `${dir.path}/elsewhere` });
  assertEquals(keys.map((it) => it.apiKey), ["sk-1"]);
});

Deno.test("findLogins() goes on when a file has no key", async () => {
  await using dir = await places();
  await write(dir, "home/project/.env", "DATABASE_URL=x\nOPENAI_API_KEY=\n");
  await write(dir, "home/.env", "OPENAI_API_KEY=sk-1\n");
  const { keys, passedOver } = await find(dir);
  assertEquals(keys.map((it) => it.apiKey), ["sk-1"]);
  assertEquals(passedOver, []);
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
  assertEquals(await find(dir), {
    credentials: [],
    keys: [{ origin, variable: "OPENAI_API_KEY", ...key }],
    passedOver: [],
  });
});

Deno.test("findLogins() finds keys in the environment, also of services", async () => {
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
      ["environment", "DASHSCOPE_API_KEY", undefined], // of one of two regions
      ["environment", "OPENROUTER_API_KEY", "https://openrouter.ai/api/v1"],
    ],
  );
});

Deno.test("findLogins() does not take a base URL from elsewhere", async () => {
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

/** In a namespace of users, root is somebody else. */
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
    Deno.test(`findLogins() passes ${name} over when it is ${what}`, async () => {
      await using dir = await places();
      await write(dir, "home/.env", "OPENAI_API_KEY=sk-1\n");
      const origin = `${dir.path}/${name}`;
      await make(origin);
      const found = await find(dir);
      assertEquals(found.passedOver, [{ origin, problem }]);
      assertEquals(found.credentials, []);
      assertEquals(found.keys.map((it) => it.apiKey), ["sk-1"]);
    });
  }
}

const UNUSABLE: Record<string, [string, string | Uint8Array, string]> = {
  "it is binary": [ENV_FILE, new Uint8Array([1, 0, 255]), "is not text"],
  "the key is none": [ENV_FILE, "OPENAI_API_KEY='sk secret'", "in OPENAI_API"],
  "the base URL is http": [
    ENV_FILE,
    "OPENAI_API_KEY=secret\nOPENAI_BASE_URL=http://secret.org",
    "is not https",
  ],
  "it is cut short": [LOGIN, CREDENTIAL.slice(0, -5), "is not valid JSON"],
  "it is empty": [LOGIN, "", "is empty"],
};

for (const [when, [name, content, problem]] of Object.entries(UNUSABLE)) {
  Deno.test(`findLogins() passes ${name} over when ${when}`, async () => {
    await using dir = await places();
    const origin = await write(dir, name, content);
    const found = await find(dir);
    assertEquals([found.credentials, found.keys], [[], []]);
    const [first, ...others] = found.passedOver;
    assertEquals([first?.origin, others], [origin, []]);
    assert(first?.problem.includes(problem), first?.problem);
    assert(!JSON.stringify(found.passedOver).includes("secret"));
  });
}

for (const name of [ENV_FILE, LOGIN]) {
  Deno.test(`findLogins() passes ${name} over when it is another user's`, async () => {
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
    const { credentials, keys, passedOver } = await find(dir);
    assertEquals(passedOver, [{ origin, problem: "belongs to user 4711" }]);
    assertEquals(credentials.length + keys.length, 1);
  });
}

Deno.test("findLogins() finds nothing where a file is in the place of a folder", async () => {
  await using dir = await places();
  await write(dir, "home/project/deep/.qwen", "");
  await Deno.remove(`${dir.path}/home/.agent`, { recursive: true });
  await write(dir, "home/.agent", "");
  assertEquals(await find(dir), { credentials: [], keys: [], passedOver: [] });
});

Deno.test("findLogins() passes a file over when it may not be read", async () => {
  await using dir = await places();
  const origin = await write(dir, ENV_FILE, "OPENAI_API_KEY=sk-1\n");
  using _files = replaceFiles(() => ({
    read: () => Promise.reject(Object.assign(new Error(), { code: "EACCES" })),
  }));
  const { passedOver } = await find(dir);
  assertEquals(passedOver, [{ origin, problem: "may not be read" }]);
});

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
  return findLogins({ cwd: `${home}/project/deep`, home, env: {}, ...changes });
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
