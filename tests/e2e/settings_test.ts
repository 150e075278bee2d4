import { assertEquals, assertStringIncludes } from "@std/assert";
import { apiKey, namesIn } from "../support/account_folder.ts";
import { QUOTA_EXCEEDED_FAST } from "../support/service.ts";
import { type Scene, setScene } from "../support/scene.ts";

const ANSWER = { answer: "Paris." };
const PROMPT = "What is the capital of France?";
const SELECTED = { security: { auth: { selectedType: "openai" } } };

for (const version of ["0.12.0", "0.24.4"]) {
  for (const place of [".qwen", "project/.qwen", "machine"]) {
    Deno.test(`exec with qwen ${version} uses the key of the account when ${place}/settings.json has another`, async () => {
      await using scene = await setScene([ANSWER], { version, keys: [1] });
      const folder = `${scene.home.path}/${place}`;
      await Deno.mkdir(`${scene.home.path}/project`);
      await Deno.mkdir(folder, { recursive: true });
      const path = `${folder}/settings.json`;
      await Deno.writeTextFile(path, JSON.stringify(otherKey(scene)));
      const { code, stderr } = await scene.exec(["--", PROMPT], {
        cwd: `${scene.home.path}/project`,
        env: place === "machine"
          ? { QWEN_CODE_SYSTEM_SETTINGS_PATH: path }
          : {},
      });
      assertEquals(code, 0, stderr);
      const [request] = scene.service.requests;
      assertEquals([request?.token, request?.model], [apiKey(1), "qwen3"]);
    });
  }

  Deno.test(`exec with qwen ${version} uses QWEN_API_KEY when the settings have another key`, async () => {
    await using scene = await setScene([ANSWER, ANSWER], {
      version,
      keys: [2],
    });
    await setSettings(scene, otherKey(scene));
    await scene.exec(["--", PROMPT], {
      env: {
        QWEN_API_KEY: apiKey(2),
        QWEN_BASE_URL: scene.service.baseUrl,
        QWEN_MODEL: "qwen3",
      },
    });
    assertEquals(new Set(scene.askedAccounts()), new Set([2]));
    const [text = ""] = await ownSettings(scene);
    assertStringIncludes(text, '"enableAutoUpdate":false');
  });

  Deno.test(`exec with qwen ${version} prefers the model of --model to that of the account`, async () => {
    await using scene = await setScene([ANSWER], { version, keys: [1] });
    await setSettings(scene, { ...SELECTED, model: { name: "of-settings" } });
    await scene.exec(["--", PROMPT]);
    const before = scene.service.requests.map((it) => it.model);
    assertEquals(before[0], "qwen3");
    await scene.exec(["--", "--model=wanted", `--prompt=${PROMPT}`]);
    const { length } = before;
    assertEquals(scene.service.requests[length]?.model, "wanted");
  });

  Deno.test(`exec with qwen ${version} does not treat a login as dead when the settings select keys`, async () => {
    await using scene = await setScene([ANSWER, ANSWER], {
      version,
      keys: [2],
    });
    await setSettings(scene, SELECTED);
    const { code } = await scene.exec(["--", PROMPT]);
    assertEquals(code, 0);
    const asked = version === "0.12.0" ? 1 : 2;
    assertEquals(scene.askedAccounts()[0], asked);
    assertEquals((await stateOf(scene)).includes("login needed"), false);
  });

  Deno.test(`exec with qwen ${version} does not change its settings files`, async () => {
    await using scene = await setScene([ANSWER], { version, keys: [1] });
    await scene.exec(["--", PROMPT]);
    const texts = await ownSettings(scene);
    assertEquals(texts.length, 2);
    for (const it of texts) assertStringIncludes(it, '"$version":1000');
  });
}

Deno.test("exec with --auth-type=qwen-oauth does not use accounts with a key", async () => {
  await using scene = await setScene([QUOTA_EXCEEDED_FAST, ANSWER], {
    keys: [2],
  });
  const args = ["--", "--auth-type=qwen-oauth", `--prompt=${PROMPT}`];
  const { code, stderr } = await scene.exec(args);
  assertEquals(code, 75, stderr);
  assertEquals(new Set(scene.askedAccounts()), new Set([1]));
  assertEquals(
    /account2:\n(?: {4}.*\n)*? {4}cooldowns/.test(await stateOf(scene)),
    false,
  );
});

/** Our settings files: the defaults, then those for a key. */
async function ownSettings({ home }: Scene): Promise<string[]> {
  const folder = `${home.dir}/accounts`;
  const names = (await namesIn(folder)).filter((it) => it.startsWith("cli_"));
  return await Promise.all(
    names.map((it) => Deno.readTextFile(`${folder}/${it}`)),
  );
}

function otherKey({ service }: Scene) {
  const { baseUrl } = service;
  return {
    ...SELECTED,
    env: { MY_KEY: "sk-of-settings" },
    modelProviders: { openai: [{ id: "qwen3", envKey: "MY_KEY", baseUrl }] },
    model: { name: "qwen3" },
  };
}

async function setSettings(scene: Scene, settings: unknown): Promise<void> {
  const path = `${scene.home.dir}/settings.json`;
  await Deno.writeTextFile(path, JSON.stringify(settings));
}

async function stateOf(scene: Scene): Promise<string> {
  return await Deno.readTextFile(`${scene.home.dir}/state.yaml`);
}
