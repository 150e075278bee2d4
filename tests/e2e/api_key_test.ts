import { assertEquals, assertMatch } from "@std/assert";
import { apiKey } from "../support/account_folder.ts";
import { runCli } from "../support/cli.ts";
import { QUOTA_EXCEEDED_FAST } from "../support/service.ts";
import { type Scene, setScene } from "../support/scene.ts";

const PROMPT = "What is the capital of France?";
const ANSWER = { answer: "The capital of France is Paris." };

/** 0.24.4 ends an answer with a line break. */
const PRINTED = /^The capital of France is Paris\.\n?$/;

for (const version of ["0.12.0", "0.24.4"]) {
  Deno.test(`exec --mode=link with qwen ${version} continues with the next key when one is out of quota`, async () => {
    await using scene = await setScene([QUOTA_EXCEEDED_FAST, ANSWER], {
      version,
      keys: [1, 2],
    });
    const args = ["--mode=link", "--", PROMPT];
    const { code, stdout, stderr } = await scene.exec(args);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, PRINTED);
    assertMatch(stderr, /account 1 is out of quota.*continuing with account 2/);
    assertEquals(scene.askedAccounts().at(-1), 2);
    assertEquals(new Set(scene.askedAccounts()), new Set([1, 2]));
    assertEquals(await activeOf(scene), 2);
    await assertNoKeys(scene, stdout + stderr);

    const again = await scene.exec(args);
    assertMatch(again.stdout, PRINTED);
    assertEquals(again.stderr.includes("account 1"), false);
  });
}

Deno.test("exec with qwen 0.24.4 continues with a key when OAuth accounts are discontinued", async () => {
  await using scene = await setScene([ANSWER, ANSWER, ANSWER], {
    version: "0.24.4",
    keys: [3],
  });
  // As shipped, without the setting that makes OAuth accounts run anyway.
  const settings = { security: { auth: { selectedType: "qwen-oauth" } } };
  await Deno.writeTextFile(
    `${scene.home.dir}/settings.json`,
    JSON.stringify(settings),
  );
  const { code, stdout, stderr } = await scene.exec(["--", PROMPT]);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, PRINTED);
  assertMatch(
    stderr,
    /account 1 uses a login type that the service has discontinued/,
  );
  assertEquals(stderr.includes("account 2"), false);
  assertEquals(scene.askedAccounts(), [3]);
  assertEquals(await activeOf(scene), 3);
  assertEquals(await scene.home.link(), "accounts/oauth_creds_1.json");
});

Deno.test("exec with qwen 0.24.4 uses QWEN_API_KEY for one run", async () => {
  await using scene = await setScene([ANSWER, ANSWER], {
    version: "0.24.4",
    keys: [2],
  });
  const { code, stdout } = await scene.exec(["--", PROMPT], {
    env: {
      QWEN_API_KEY: apiKey(2),
      QWEN_BASE_URL: scene.service.baseUrl,
      QWEN_MODEL: "qwen3",
    },
  });
  assertEquals(code, 0);
  assertMatch(stdout, PRINTED);
  assertEquals(new Set(scene.askedAccounts()), new Set([2]));
});

async function activeOf(scene: Scene): Promise<number> {
  const state = await Deno.readTextFile(`${scene.home.dir}/state.yaml`);
  return Number(/^current_index: (\d+)$/m.exec(state)?.[1]);
}

async function assertNoKeys(scene: Scene, output: string): Promise<void> {
  const files = ["state.yaml", "rotation.log"].map((name) =>
    Deno.readTextFile(`${scene.home.dir}/${name}`)
  );
  const text = [output, ...await Promise.all(files)].join("\n");
  for (const index of [1, 2]) assertEquals(text.includes(apiKey(index)), false);
}

Deno.test("exec continues with the next account if a setting of an account refuses the model", async () => {
  const refusal = {
    status: 404,
    body: {
      error: {
        message: "No endpoints found matching your data policy (Free model " +
          "publication). Configure: https://openrouter.ai/settings/privacy",
        code: 404,
      },
    },
  };
  await using scene = await setScene([refusal, refusal, { answer: "Paris" }], {
    keys: [1, 2, 3],
  });
  for (let times = 0; times < 2; times++) {
    const { code, stdout, stderr } = await scene.exec(["--", "Hello"]);
    assertEquals([code, stdout.trim()], [0, "Paris"], stderr);
  }
  assertEquals(scene.askedAccounts(), [1, 2, 3, 3]);
  const { stdout } = await runCli(["list"], { home: scene.home.path });
  assertMatch(stdout, /1 .*resting, next try in .*: refused for qwen3/);
});
