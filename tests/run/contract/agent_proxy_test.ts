import { assertEquals } from "@std/assert";
import { runDenoFixture } from "../../support/runtimes.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

/** The settings, and what the two versions make of them. */
interface Case {
  /** Files, by path below the home; the agent works in `project/deep`. */
  files?: Record<string, string>;
  env?: Record<string, string>;
  args?: string[];
  /** The proxy of 0.12.0 and its origin; `null` for no proxy. */
  old: [url: string, origin: string] | null;
  /** The same for 0.24.4, if it differs. */
  new?: [url: string, origin: string] | null;
}

const P1 = "http://one.invalid:1";
const P2 = "http://two.invalid:2";
const line = (url: string) => `HTTPS_PROXY=${url}\n`;

const CASES: Record<string, Case> = {
  "nothing": { old: null },
  "the environment": {
    env: { http_proxy: P2, HTTPS_PROXY: P1 },
    files: { "project/.env": line(P2) },
    old: [P1, "HTTPS_PROXY"],
  },
  "HTTP_PROXY alone": { env: { HTTP_PROXY: P1 }, old: [P1, "HTTP_PROXY"] },
  "the arguments": {
    env: { HTTPS_PROXY: P2 },
    args: ["--proxy", P1],
    old: [P1, "--proxy"],
  },
  "a value without a scheme": {
    args: ["--proxy=one.invalid:1"],
    old: [P1, "--proxy"],
  },
  "the nearest file": {
    files: {
      "project/.env": line(P2),
      "project/.qwen/.env": line(P1),
      ".env": line(P2),
    },
    old: [P1, "HTTPS_PROXY in ~/project/.qwen/.env"],
  },
  "a file of the home behind one of the project": {
    files: { "project/.env": "A=1\n", ".env": line(P1) },
    old: null,
    new: [P1, "HTTPS_PROXY in ~/.env"],
  },
  "a file of the home": {
    files: { ".qwen/.env": line(P1) },
    old: [P1, "HTTPS_PROXY in ~/.qwen/.env"],
  },
  "an empty variable before a file": {
    env: { HTTPS_PROXY: "" },
    files: { "project/.env": line(P1) },
    old: null,
    new: [P1, "HTTPS_PROXY in ~/project/.env"],
  },
  "env of the settings": {
    files: {
      ".qwen/settings.json": `{ /* ours */ "env": { "http_proxy": "${P1}" } }`,
    },
    old: [P1, "http_proxy in settings.json"],
  },
  "a file before env of the settings": {
    files: {
      ".qwen/settings.json": JSON.stringify({ env: { HTTPS_PROXY: P2 } }),
      ".env": line(P1),
    },
    old: [P1, "HTTPS_PROXY in ~/.env"],
  },
  "the settings": {
    files: { ".qwen/settings.json": JSON.stringify({ proxy: P1 }) },
    env: { HTTPS_PROXY: P2 },
    old: [P2, "HTTPS_PROXY"],
    new: [P1, '"proxy" in settings.json'],
  },
  "the settings of the project, with a variable": {
    files: {
      ".qwen/settings.json": JSON.stringify({ proxy: P2 }),
      "project/deep/.qwen/settings.json": '{ "proxy": "http://${WHERE}:1" }',
    },
    env: { WHERE: "one.invalid" },
    old: null,
    new: [P1, '"proxy" in settings.json'],
  },
  "the settings of the machine": {
    files: {
      ".qwen/settings.json": JSON.stringify({ env: { HTTPS_PROXY: P2 } }),
      "machine.json": JSON.stringify({ env: { HTTPS_PROXY: P1 } }),
    },
    env: { QWEN_CODE_SYSTEM_SETTINGS_PATH: "~/machine.json" },
    old: [P1, "HTTPS_PROXY in settings.json"],
  },
  "files that are not files": {
    files: { ".qwen/settings.json": "[", "project/.env/file": "" },
    old: null,
  },
};

for (
  const [what, { old, new: newer = old, ...given }] of Object.entries(CASES)
) {
  for (
    const [version, expected] of [["0.12.0", old], ["0.24.4", newer]] as const
  ) {
    Deno.test(`findAgentProxy() finds what qwen ${version} uses from ${what}`, async () => {
      await using home = await homeWith(given.files);
      const found = await find(home, version, given);
      const [url, origin] = expected ?? [];
      assertEquals(
        { url: found?.url, origin: found?.origin.replace(home.path, "~") },
        { url, origin },
      );
    });
  }
}

Deno.test("findAgentProxy() reads the exceptions in a file", async () => {
  const text = `${line(P1)}NO_PROXY=.internal\n`;
  await using home = await homeWith({ "project/.env": text });
  const found = await find(home, "0.24.4", {});
  assertEquals(found?.noProxy, ".internal");
});

async function homeWith(files: Record<string, string> = {}): Promise<TempDir> {
  const home = await tempDir();
  await Deno.mkdir(`${home.path}/project/deep`, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const path = `${home.path}/${name}`;
    await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
  return home;
}

async function find(
  { path }: TempDir,
  version: string,
  { env = {}, args = [] }: Pick<Case, "env" | "args">,
): Promise<{ url: string; origin: string; noProxy: string } | undefined> {
  const all = Object.entries(env).map(([name, value]) =>
    [name, value.replace("~", path)] as const
  );
  const { stdout } = await runDenoFixture(
    "../run/contract/find_proxy.ts",
    [version, ...args],
    {
      home: path,
      cwd: `${path}/project/deep`,
      env: Object.fromEntries(all),
    },
  );
  return JSON.parse(stdout) ?? undefined;
}
