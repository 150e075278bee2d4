import { assertEquals } from "@std/assert";
import { stripAnsiCode } from "@std/fmt/colors";
import { displayWidth } from "../../lib/cli/screen/wrap.ts";
import { accountQwen } from "../support/cli.ts";
import { assertGolden } from "../support/golden.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { Typist } from "../support/typist.ts";

const test = await testWith("script");

const PLAN = "BAILIAN_CODING_PLAN_API_KEY";
const ANSWER = "Type a word or its first letter";

/** The input for each question, in a dialog that shows most of them. */
const SCRIPT: readonly (readonly [question: string, keys: string])[] = [
  ["as an account? [Y/n]", "\n"], // for the key of the environment
  [`${ANSWER} [china]:`, "int\n"],
  ["[qwen3-coder-plus]:", "\n"],
  ["Label", "仕事アカウント\n"],
  ["as an account? [Y/n]", "\n"], // for the key of the settings
  ["Label", "\n"],
  ["[y/N]", "\n"], // for the key of the project
  [`${ANSWER} [test]:`, "l\n"],
  ["anyway? [y/N]", "\n"],
  [`${ANSWER} [test]:`, "k\n"],
  ["Paste the key", "sk-or-v1-0123456789\r"],
  [`${ANSWER} [openrouter]:`, "b\n"],
  [`${ANSWER} [test]:`, "d\n"],
];

for (const columns of [60, 80, 120]) {
  test(`setup on a terminal of ${columns} columns equals wizard/${columns}.txt`, async () => {
    await using home = await homeWithKeys();
    const line = accountQwen().map((it) => `'${it}'`).join(" ");
    await using typist = await Typist.startLine(
      `stty columns ${columns}; ${line} setup`,
      {
        home: home.path,
        cwd: `${home.path}/project`,
        env: {
          DASHSCOPE_API_KEY: "sk-0123456789abcdef0123cafe",
          ACCOUNT_QWEN_BIN: `${home.path}/qwen`,
        },
      },
    );
    for (const [question, keys] of SCRIPT) await typist.answer(question, keys);
    assertEquals(await typist.end(), 0);
    const seen: string = stripAnsiCode(typist.seen);
    const lines = seen.replaceAll("\r", "").split("\n");
    const tooLong = lines.filter((it) => displayWidth(it) > columns);
    assertEquals(tooLong, []);
    await assertGolden(`wizard/${columns}.txt`, lines.join("\n"));
  });
}

/** A home with keys in the settings of qwen and in those of a project. */
async function homeWithKeys() {
  const home = await tempDir();
  await Deno.writeTextFile(`${home.path}/qwen`, "#!/bin/sh\necho 0.24.4\n");
  await Deno.chmod(`${home.path}/qwen`, 0o755);
  const settings = {
    [home.path]: ["beef", "https://coding-intl.dashscope.aliyuncs.com/v1"],
    [`${home.path}/project`]: ["f00d", "https://elsewhere.example/v1"],
  };
  for (const [folder, [end, baseUrl]] of Object.entries(settings)) {
    await Deno.mkdir(`${folder}/.qwen`, { recursive: true, mode: 0o700 });
    await Deno.writeTextFile(
      `${folder}/.qwen/settings.json`,
      JSON.stringify({
        env: { [PLAN]: `sk-sp-0123456789abcdef0123${end}` },
        modelProviders: { openai: [{ id: "m", envKey: PLAN, baseUrl }] },
      }),
    );
  }
  return home;
}
