import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Agent, Keyed } from "../../../lib/agents/agent.ts";
import { qwen } from "../../../lib/agents/qwen/agent.ts";
import { prepareSettings } from "../../../lib/run/agent_settings.ts";
import {
  type AccountFolder,
  accountFolder,
  modeOf,
} from "../../support/account_folder.ts";
import { tempDir } from "../../support/temp_dir.ts";

const KEY = { apiKey: "sk-1", baseUrl: "https://x.invalid/v1", model: "m" };

Deno.test("prepareSettings() writes the settings of all runs, and those of a run with a key", async () => {
  await using folder = await accountFolder();
  const agent = onMachine({});
  const dir = folder.path;
  const { defaultsPath = "", ...others } = await prepareSettings(agent, {
    dir,
  });
  assertEquals(others, { settingsPath: undefined });
  assertEquals(await read(defaultsPath), qwen.settings.defaults);
  assertEquals(await modeOf(defaultsPath), "0600");
  const withKey = await prepareSettings(agent, { dir, key: KEY });
  assertEquals(withKey.defaultsPath, defaultsPath);
  assertEquals(await read(withKey.settingsPath ?? ""), qwen.settings.withKey);
});

Deno.test("prepareSettings() keeps the settings of the machine", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const first = `${folder.path}/settings.json`;
  const last = `${folder.path}/system-defaults.json`;
  await Deno.writeTextFile(
    first,
    `{ // ours
      "$version": 3, /* "x": 1, */
      "ui": { "theme": "http://x // y" },
      "model": { "name": "m", "maxSessionTurns": 9 },
      "modelProviders": { "openai": [{ "id": "m" }], "gemini": [] }
    }`,
  );
  await Deno.writeTextFile(last, `{"general":{"enableAutoUpdate":true}}`);
  const agent = onMachine({ first: [first], last: [last] });
  const { defaultsPath = "", settingsPath = "" } = await prepareSettings(
    agent,
    {
      dir: folder.path,
      key: KEY,
    },
  );
  assertEquals(await read(settingsPath), {
    $version: 3,
    ui: { theme: "http://x // y" },
    model: { name: "", maxSessionTurns: 9 },
    modelProviders: { openai: [], gemini: [] },
  });
  assertEquals(await read(defaultsPath), {
    general: { disableAutoUpdate: true, enableAutoUpdate: true },
    memory: { enableManagedAutoMemory: false },
  });
});

Deno.test("prepareSettings() lets the agent reject broken machine settings", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const first = `${folder.path}/settings.json`;
  await Deno.writeTextFile(first, `{"ui":`);
  const { settingsPath } = await prepareSettings(
    onMachine({ first: [first] }),
    { dir: folder.path, key: KEY },
  );
  assertEquals(settingsPath, first);
});

Deno.test("prepareSettings() skips machine settings that nobody can reach", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await Deno.writeTextFile(`${folder.path}/file`, "");
  const { settingsPath = "" } = await prepareSettings(
    onMachine({ first: [`${folder.path}/file/settings.json`] }),
    { dir: folder.path, key: KEY },
  );
  assertEquals(await read(settingsPath), qwen.settings.withKey);
});

Deno.test("prepareSettings() keeps what an outer run has written", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const machine = await machineWith(folder, { ui: {} });
  const key = { dir: folder.path, key: KEY };
  const outer = await prepareSettings(machine, key);
  const first = [outer.settingsPath ?? ""];
  assertEquals(await prepareSettings(onMachine({ first }), key), outer);
});

Deno.test("prepareSettings() does not change the file of a run with other machine settings", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const key = { dir: folder.path, key: KEY };
  const paths: string[] = [];
  for (const theme of ["dark", "light"]) {
    const machine = await machineWith(folder, { ui: { theme } });
    const { settingsPath = "" } = await prepareSettings(machine, key);
    paths.push(settingsPath);
  }
  const themes = await Promise.all(paths.map((it) => read(it)));
  assertEquals(themes.map((it) => Object(it).ui.theme), ["dark", "light"]);
});

async function machineWith(
  { path }: AccountFolder,
  settings: unknown,
): Promise<Keyed<Agent>> {
  const first = `${path}/settings.json`;
  await Deno.writeTextFile(first, JSON.stringify(settings));
  return onMachine({ first: [first] });
}

function onMachine(
  { first = [], last = [] }: { first?: string[]; last?: string[] },
): Keyed<Agent> {
  const ofMachine = () => ({ first, last });
  return { ...qwen, settings: { ...qwen.settings, ofMachine } };
}

async function read(path: string): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(path));
}

Deno.test("prepareSettings() does without if the disk cannot be written to, and says so", async () => {
  await using folder = await tempDir();
  const path = `${folder.path}/file`;
  await Deno.writeTextFile(path, "");
  const said: string[] = [];
  const notify = (text: string) => said.push(text);
  const agent = onMachine({});
  const { settingsPath, defaultsPath } = await prepareSettings(agent, {
    dir: `${path}/.qwen`,
    key: KEY,
    notify,
  });
  assertEquals([settingsPath, defaultsPath], [undefined, undefined]);
  assertStringIncludes(said[0] ?? "", "cannot turn off settings of qwen");
});
