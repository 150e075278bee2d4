/**
 * What `lib/agents/codex` says about the home of an account, asked of the real
 * `codex`. It talks to a service on this machine.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { codex } from "../../lib/agents/codex/agent.ts";
import { entryOf } from "../../lib/agents/codex/home.ts";
import { homeLogin } from "../../lib/agents/codex/login.ts";
import { run } from "../support/cli.ts";
import { loginOf } from "../support/codex_login.ts";
import {
  type CodexScene,
  setCodexScene,
  unknownEntries,
} from "../support/codex_scene.ts";
import { Typist } from "../support/typist.ts";

const EXEC = ["exec", "--skip-git-repo-check"];

Deno.test("codex 0.171.0 uses the login of its home, whatever the environment says", async () => {
  await using scene = await setCodexScene([{ answer: "Paris" }]);
  const { bytes, accessToken } = loginOf("account-1");
  await Deno.writeFile(`${scene.codexHome}/auth.json`, bytes);
  await configure(scene, 'cli_auth_credentials_store = "keyring"\n');
  const foreign = [...homeLogin.conflicting, "OPENAI_API_KEY"];
  const env = Object.fromEntries(foreign.map((it) => [it, "foreign"]));
  const { stdout, stderr } = await scene.exec([...EXEC, "--", "hi"], { env });
  assertEquals(stdout.trim(), "Paris", stderr);
  const answered = scene.requests.find((it) =>
    it.method === "POST" && it.path.endsWith("/responses")
  );
  assertEquals(
    answered?.headers.get("authorization"),
    `Bearer ${accessToken}`,
  );
  assertEquals(answered?.headers.get("chatgpt-account-id"), "account-1");
  assertEquals(await unknownEntries(scene), []);
  const sessions = [...(await scene.rollouts()).values()].flat().join("\n");
  assertMatch(sessions, /"creator_account_id":"account-1"/);
});

/** What the settings of a project say to take a login elsewhere, or to end it. */
const HOSTILE = [
  'openai_base_url = "http://127.0.0.1:9/v1"',
  'chatgpt_base_url = "http://127.0.0.1:9/api"',
  'cli_auth_credentials_store = "keyring"',
  'forced_login_method = "api"',
  'forced_chatgpt_workspace_id = "other"',
  'model_provider = "evil"',
  '[model_providers.evil]\nname = "evil"\nbase_url = "http://127.0.0.1:9/v1"\n' +
  'wire_api = "responses"\nrequires_openai_auth = true',
];

for (const version of ["0.100.0", "0.171.0"]) {
  Deno.test(`codex ${version} keeps its login in a hostile project`, async () => {
    const replies = [{ answer: "Paris" }];
    await using scene = await setCodexScene(replies, { version });
    const path = `${scene.codexHome}/auth.json`;
    const { bytes } = loginOf("account-1");
    await Deno.writeFile(path, bytes);
    await configure(scene, "");
    await Deno.mkdir(`${scene.home}/project/.codex`);
    for (const settings of HOSTILE) {
      await Deno.writeTextFile(
        `${scene.home}/project/.codex/config.toml`,
        settings,
      );
      const { stdout, stderr } = await scene.exec([...EXEC, "--", "hi"]);
      assertEquals(stdout.trim(), "Paris", `${settings}: ${stderr}`);
      assertEquals(await Deno.readFile(path), bytes, settings);
    }
  });
}

for (const version of ["0.100.0", "0.171.0"]) {
  Deno.test(`codex ${version} that logs out deletes a link, not the login`, async () => {
    const replies = [{ answer: "Paris" }];
    await using scene = await setCodexScene(replies, { version });
    const { bytes } = loginOf("account-1");
    await Deno.writeFile(`${scene.codexHome}/slot.json`, bytes);
    await Deno.symlink("slot.json", `${scene.codexHome}/auth.json`);
    await configure(scene, 'forced_login_method = "api"\n');
    const { code, stderr } = await run(scene.bin, [...EXEC, "--", "hi"], {
      home: scene.home,
      env: scene.environment(),
    });
    assertEquals(code, 1);
    assertMatch(stderr, /Logging out/);
    const names = await Array.fromAsync(Deno.readDir(scene.codexHome));
    assert(!names.some((it) => it.name === "auth.json"));
    assertEquals(await Deno.readFile(`${scene.codexHome}/slot.json`), bytes);
    assertEquals(scene.requests.map((it) => it.path), []);
  });
}

const LINKED: Record<string, string | undefined> = {
  "config.toml": "",
  "AGENTS.md": "Speak like a pirate",
  "history.jsonl": "",
  "session_index.jsonl": "",
  "session_index.jsonl.lock": "",
  ".credentials.json": "{}",
  "mcp-oauth-locks": undefined,
  archived_sessions: undefined,
  prompts: undefined,
  rules: undefined,
  sessions: undefined,
  skills: undefined,
};

Deno.test("codex 0.171.0 keeps the links in the home of an account", async () => {
  await using scene = await setCodexScene([{ answer: "Paris" }]);
  const own = `${scene.home}/own`;
  await Deno.mkdir(own);
  for (const [name, text] of Object.entries(LINKED)) {
    const path = `${scene.codexHome}/${name}`;
    assertEquals(entryOf(name), "shared");
    await (text === undefined
      ? Deno.mkdir(path)
      : Deno.writeTextFile(path, text));
    await Deno.symlink(path, `${own}/${name}`);
  }
  await configure(scene, "");
  await Deno.writeFile(`${own}/auth.json`, loginOf("account-2").bytes);
  const options = { codexHome: own };
  for (
    const args of [
      [...EXEC, "--", "hi"],
      ["mcp", "add", "server", "--", "true"],
      ["features", "enable", "memories"],
    ]
  ) {
    const { code, stderr } = await scene.exec(args, options);
    assertEquals(code, 0, stderr);
  }
  await openSession(scene, own);
  const rollouts = await scene.rollouts();
  assertMatch([...rollouts.values()].join("\n"), /Speak like a pirate/);
  const [name = ""] = rollouts.keys();
  const [id = ""] = /[0-9a-f-]{36}(?=\.jsonl$)/.exec(name) ?? [];
  const { code, stderr } = await scene.exec(["archive", id], options);
  assertEquals(code, 0, stderr);

  for (const name of Object.keys(LINKED)) {
    assert((await Deno.lstat(`${own}/${name}`)).isSymlink, name);
  }
  const config = await Deno.readTextFile(`${scene.codexHome}/config.toml`);
  assertMatch(config, /\[mcp_servers\.server\]/);
  assertEquals(await unknownEntries(scene, own), []);
  assertEquals(await unknownEntries(scene), []);
  const started = await Array.fromAsync(Deno.readDir(own), (it) => it.name);
  assert(!started.includes("packages"), "a server in the background");
});

/** Asks in a session on a terminal, and leaves it. */
async function openSession(scene: CodexScene, own: string): Promise<void> {
  const args = codex.runArgs(["hello"], { kind: "oauth", version: "0.171.0" });
  const line = [scene.bin, ...args].map((it) => `'${it}'`).join(" ");
  await using typist = await Typist.startLine(line, {
    home: scene.home,
    cwd: `${scene.home}/project`,
    env: scene.environment({ codexHome: own }),
  });
  await typist.answer("Paris", "");
  await typist.answer("state=done", "\x03"); // the title of the terminal
  await typist.answer("To continue this session", "");
  assertEquals(await typist.end(), 0);
}

async function configure(scene: CodexScene, text: string): Promise<void> {
  const { origin } = new URL(scene.url);
  const config = `openai_base_url = "${scene.url}"\n` +
    `chatgpt_base_url = "${origin}/backend-api"\n${text}` +
    `[projects."${await Deno.realPath(`${scene.home}/project`)}"]\n` +
    'trust_level = "trusted"\n';
  await Deno.writeTextFile(`${scene.codexHome}/config.toml`, config);
}
