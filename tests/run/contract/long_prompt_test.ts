import { assertEquals, fail } from "@std/assert";
import { codex } from "../../../lib/agents/codex/agent.ts";
import { qwen } from "../../../lib/agents/qwen/agent.ts";
import { realSystem, type System } from "../../../lib/system/system.ts";
import { moveLongPrompt } from "../../../lib/run/long_prompt.ts";
import { sourceOf } from "../../process/programs.ts";
import { assertFails } from "../../support/assert_fails.ts";

const LONG = "é".repeat(32_769); // 65,538 bytes

const SPLITS: Record<string, [string[], string[]]> = {
  "--prompt=": [["-y", `--prompt=${LONG}`], ["-y"]],
  "-p=": [[`-p=${LONG}`, "-y"], ["-y"]],
  "--prompt": [["--prompt", LONG, "-y"], ["-y"]],
  "-p": [["-m", "qwen3", "-p", LONG], ["-m", "qwen3"]],
  "a word": [["-m", "qwen3", LONG, "-y"], ["-m", "qwen3", "-y"]],
};

for (const [how, [args, left]] of Object.entries(SPLITS)) {
  Deno.test(`moveLongPrompt() moves a prompt given by ${how} to stdin`, async () => {
    const moved = await move(args);
    assertEquals(moved, { args: left, text: LONG });
  });
}

const KEPT: Record<string, string[]> = {
  "of 65,536 bytes": [`--prompt=${"x".repeat(65_527)}`],
  "that opens a session": ["-i", LONG],
  "beside other words": ["explain", LONG],
  "beside another prompt": ["-p", "explain", LONG],
  "that is the value of another option": ["--include-directories", LONG],
};

for (const [what, args] of Object.entries(KEPT)) {
  Deno.test(`moveLongPrompt() leaves an argument ${what} where it is`, async () => {
    assertEquals(await move(args), { args, text: undefined });
  });
}

const INPUTS: Record<string, [string[], string]> = {
  "an input": [["some ", "input"], `some input\n\n${LONG}`],
  "an input that ends with a line": [["input\n"], `input\n\n\n${LONG}`],
  "an empty input": [[], LONG],
  "an input of empty parts": [["", ""], LONG],
};

for (const [what, [chunks, expected]] of Object.entries(INPUTS)) {
  Deno.test(`moveLongPrompt() puts ${what} before the prompt`, async () => {
    const { text } = await move([`--prompt=${LONG}`], sourceOf(...chunks));
    assertEquals(text, expected);
  });
}

Deno.test("moveLongPrompt() treats an input that stays silent as empty", async () => {
  let isCanceled = false;
  const silent = new ReadableStream<Uint8Array>({
    cancel: () => void (isCanceled = true),
  });
  const sleep = () => Promise.resolve();
  const { text } = await move([`--prompt=${LONG}`], silent, { sleep });
  assertEquals({ text, isCanceled }, { text: LONG, isCanceled: true });
});

Deno.test("moveLongPrompt() refuses a prompt that is longer than qwen reads", async () => {
  const args = [`--prompt=${"x".repeat(8 * 1024 * 1024 + 1)}`];
  await assertFails(() => move(args), "unusable-argument");
});

Deno.test("moveLongPrompt() refuses an input that would cut the prompt off", async () => {
  const half = "x".repeat(4 * 1024 * 1024);
  const args = [`--prompt=${half}`];
  await assertFails(() => move(args, sourceOf(half)), "unusable-argument");
});

const CODEX = ["exec", "What is this?"];

Deno.test("moveLongPrompt() gives codex no input that stays silent, and says so", async () => {
  let isCanceled = false;
  const stdin = new ReadableStream<Uint8Array>({
    cancel: () => void (isCanceled = true),
  });
  const notices: string[] = [];
  const moved = await moveLongPrompt({ args: CODEX, stdin }, {
    agent: codex,
    notify: (it) => notices.push(it),
    system: { sleep: () => Promise.resolve() },
  });
  assertEquals(moved, { args: CODEX, stdin: undefined });
  assertEquals([isCanceled, notices.length], [true, 1]);
});

for (const chunks of [["some ", "input"], []]) {
  Deno.test(`moveLongPrompt() gives codex all of ${JSON.stringify(chunks)} beside its prompt`, async () => {
    const { stdin } = await moveLongPrompt(
      { args: CODEX, stdin: sourceOf(...chunks) },
      {
        agent: codex,
        notify: (it) => fail(it),
        system: realSystem,
      },
    );
    const text = stdin && await new Response(stdin).text();
    assertEquals(text ?? "", chunks.join(""));
  });
}

async function move(
  args: readonly string[],
  stdin?: ReadableStream<Uint8Array>,
  system: Pick<System, "sleep"> = realSystem,
) {
  const moved = await moveLongPrompt({ args, stdin }, {
    agent: qwen,
    system,
  });
  const text = moved.stdin && await new Response(moved.stdin).text();
  return { args: moved.args, text };
}
