/**
 * Prompts that are longer than one argument of a program may be, which is
 * 131,072 bytes on Linux.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { runDenoFixture } from "../support/runtimes.ts";
import { type Scene, setScene } from "../support/scene.ts";

/** 300 KiB in which no part repeats, in letters of two bytes. */
const LONG = Array.from({ length: 15_000 }, (_, at) => `é${at}ü—`).join("\n");

const WAYS = [
  { mode: "link", keys: [] },
  { mode: "gateway", keys: [1] },
];

for (const version of ["0.12.0", "0.24.4"]) {
  for (const { mode, keys } of WAYS) {
    const kind = keys.length > 0 ? "a key" : "a login";

    Deno.test(`call() gives qwen ${version} a prompt of 300 KiB with ${kind}, mode ${mode}`, async () => {
      await using scene = await setScene([{ answer: "Done." }], {
        version,
        keys,
      });
      const result = await call(scene, mode, LONG);
      assertEquals(result.output?.trim(), "Done.", result.error);
      assertAsked(scene, LONG);
    });
  }

  Deno.test(`exec gives qwen ${version} a prompt of 131,000 bytes and its input`, async () => {
    await using scene = await setScene([{ answer: "Done." }], {
      version,
      keys: [1],
    });
    const prompt = `begin ${"x".repeat(130_990)} end`;
    const { code, stderr } = await scene.exec(["--", prompt], {
      stdin: "the input",
    });
    assertEquals(code, 0, stderr);
    assertAsked(scene, `the input\n\n${prompt}`);
  });
}

async function call(
  scene: Scene,
  mode: string,
  prompt: string,
  ...input: string[]
): Promise<{ output?: string; error?: string }> {
  const args = [scene.qwen.bin, mode, ...input];
  const { stdout, stderr } = await runDenoFixture("call_prompt.ts", args, {
    home: scene.home.path,
    env: { PATH: scene.qwen.path },
    stdin: prompt,
  });
  assert(stdout, stderr);
  return JSON.parse(stdout);
}

/**
 * Compares `expected` with the prompt that the model got, without a difference
 * of 300 KiB in the error. 0.24.4 adds its own reminders before it; both add a
 * blank line where there was no prompt.
 */
function assertAsked({ service }: Scene, expected: string): void {
  const { prompt = "" } = service.requests[0] ?? {};
  const text = prompt.split("</system-reminder>").at(-1)?.trim() ?? "";
  const sizes = `${text.length} letters instead of ${expected.length}`;
  assert(text === expected, `${sizes}: ${text.slice(0, 80)}`);
}
