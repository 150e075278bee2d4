import { assert, assertEquals } from "@std/assert";
import { basics as claude } from "../../../lib/agents/claude/basics.ts";
import { basics as codex } from "../../../lib/agents/codex/basics.ts";
import {
  isLink,
  putFiles,
  putJson,
  setAccountHome,
  setVariable,
  stateFiles,
} from "./account_home_scene.ts";

Deno.test("the home of an account has links to what the user shares, and nothing else", async () => {
  const ofUser = {
    "config.toml": "model = 1",
    "auth.json": "login of plain codex",
    "state_5.sqlite": "cache",
    "unknown.json": "may be a login",
    "packages/codex": "server",
  };
  await using scene = await setAccountHome(codex, ofUser);
  await putFiles(scene.folder, { "auth.json": "login of account 1" });
  await scene.share();
  const own = await Array.fromAsync(
    Deno.readDir(scene.folder),
    (it) => it.isSymlink ? it.name : `own ${it.name}`,
  );
  assertEquals(own.toSorted(), [
    "archived_sessions",
    "config.toml",
    "generated_images",
    "history.jsonl",
    "mcp-oauth-locks",
    "own auth.json",
    "session_index.jsonl",
    "sessions",
    "skills",
    "worktrees",
  ]);
  const login = await Deno.readTextFile(`${scene.folder}/auth.json`);
  assertEquals(login, "login of account 1");
  await Deno.rename(scene.home, `${scene.home}-moved`);
  const moved = `${scene.home}-moved/accounts/1/config.toml`;
  assertEquals(await Deno.readTextFile(moved), "model = 1");
});

Deno.test("the home of an account gets links to later entries, and loses those that dangle", async () => {
  await using scene = await setAccountHome(codex, { "rules/a": "a" });
  await scene.share();
  await Deno.remove(`${scene.home}/rules`, { recursive: true });
  await putFiles(scene.home, { "AGENTS.md": "Speak" });
  await scene.share();
  assert(!await isLink(`${scene.folder}/rules`));
  assertEquals(await Deno.readTextFile(`${scene.folder}/AGENTS.md`), "Speak");
  // The first line creates the log of the user.
  await Deno.writeTextFile(`${scene.folder}/history.jsonl`, "line");
  assertEquals(await Deno.readTextFile(`${scene.home}/history.jsonl`), "line");
});

Deno.test("a link of the home that leads elsewhere is made again", async () => {
  await using scene = await setAccountHome(codex, {
    "config.toml": "model = 1",
  });
  await Deno.symlink("/nowhere", `${scene.folder}/config.toml`);
  await scene.share();
  const text = await Deno.readTextFile(`${scene.folder}/config.toml`);
  assertEquals(text, "model = 1");
});

Deno.test("what a run has put in the place of a link becomes the user's", async () => {
  await using scene = await setAccountHome(codex, {
    "config.toml": "model = 1",
  });
  await scene.share();
  await Deno.remove(`${scene.folder}/config.toml`);
  await putFiles(scene.folder, {
    "config.toml": "model = 1\nmodel = 2",
    "prompts/new.md": "new",
  });
  await scene.share();
  const text = await Deno.readTextFile(`${scene.home}/config.toml`);
  assertEquals(text, "model = 1\nmodel = 2");
  assertEquals(await Deno.readTextFile(`${scene.home}/prompts/new.md`), "new");
  assert(await isLink(`${scene.folder}/config.toml`));
  assert(await isLink(`${scene.folder}/prompts`));
  assertEquals(scene.told, []);
});

Deno.test("runs share projects and onboarding, whose file each home has", async () => {
  await using scene = await setAccountHome(claude, { "settings.json": "{}" });
  const { user, own } = stateFiles(scene);
  await putJson(user, {
    oauthAccount: "plain",
    theme: "dark",
    projects: { "/a": { trusted: true } },
  });
  await putJson(own, { oauthAccount: "one", theme: "light" });
  await using _home = setVariable("CLAUDE_CONFIG_DIR", scene.home);
  await scene.share();
  const first = JSON.parse(await Deno.readTextFile(own));
  assertEquals(first, {
    oauthAccount: "one",
    theme: "dark",
    projects: { "/a": { trusted: true } },
  });
  await putJson(own, { ...first, projects: { ...first.projects, "/b": {} } });
  await putJson(user, { ...first, oauthAccount: "plain", theme: "blue" });
  await scene.share();
  assertEquals(JSON.parse(await Deno.readTextFile(user)), {
    oauthAccount: "plain",
    theme: "blue",
    projects: { "/a": { trusted: true }, "/b": {} },
  });
  const { theme, projects } = JSON.parse(await Deno.readTextFile(own));
  assertEquals([theme, Object.keys(projects)], ["blue", ["/a", "/b"]]);
  assertEquals(scene.told, []);
});
