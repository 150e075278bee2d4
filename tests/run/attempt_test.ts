import { assertEquals } from "@std/assert";
import { QwenWrapper } from "../../lib/mod.ts";
import { structured } from "../support/qwen_output.ts";
import { FAKE_QWEN, fakeHome } from "../support/fake_qwen.ts";

const QUOTA = "[API Error: 429 Free allocated quota exceeded.]";
const LONG = "a line of an answer, or of a log\n".repeat(60_000); // 2 MB

interface Printed {
  stdout?: string;
  stderr?: string;
  code?: number;
}

const ATTEMPTS: Record<string, [string, Printed]> = {
  "a long answer": ["ok", { stdout: `${LONG}${QUOTA}` }],
  "a long answer in json": [
    "ok",
    { stdout: structured("json", { result: LONG + QUOTA, tokens: 9 }) },
  ],
  "a long answer in stream-json": [
    "ok",
    { stdout: structured("stream-json", { result: LONG + QUOTA, tokens: 9 }) },
  ],
  "an error in stream-json after long messages": ["quota", {
    stdout: structured("stream-json", { result: QUOTA })
      .replace("\n", `\n{"type":"assistant","text":${JSON.stringify(LONG)}}\n`),
  }],
  "an error at the end of a long stderr": [
    "quota",
    { stderr: LONG + QUOTA, code: 1 },
  ],
  "an error at the beginning of a long stderr": [
    "quota",
    { stderr: `${QUOTA}\n${LONG}`, code: 1 },
  ],
  "a long partial answer before an error (0.5.2)": [
    "quota",
    { stdout: LONG, stderr: QUOTA },
  ],
};

for (const [what, [verdict, printed]] of Object.entries(ATTEMPTS)) {
  Deno.test(`call() returns ${verdict} when qwen prints ${what}`, async () => {
    const { stdout = "", stderr = "", code = 0 } = printed;
    await using home = await fakeHome({
      1: `cat "$HOME/stdout"; cat "$HOME/stderr" >&2; exit ${code}`,
    });
    await Deno.writeTextFile(`${home.path}/stdout`, stdout);
    await Deno.writeTextFile(`${home.path}/stderr`, stderr);
    const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
    const result = await wrapper.call("hello");
    assertEquals(result.verdict, verdict);
    assertEquals(result.output, verdict === "ok" ? stdout : "");
  });
}

Deno.test("call() gives qwen the environment of the accounts' folder", async () => {
  await using home = await fakeHome({
    1: 'printf "%s|" "$HOME" "$QWEN_CODE_NO_RELAUNCH" "$NO_BROWSER"',
  });
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  const { output } = await wrapper.call("hello");
  assertEquals(output, `${home.path}|true|1|`);
});
