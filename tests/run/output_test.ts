import { assertEquals } from "@std/assert";
import { answers, fakeHome, OUT_OF_QUOTA } from "../support/fake_qwen.ts";
import { wrapperFor } from "./fake_wrapper.ts";
import type { RotatedRun } from "../../lib/mod.ts";

const EVERY_BYTE = Uint8Array.from({ length: 512 }, (_, at) => at % 256);

const ANSWERS: Record<string, Uint8Array> = {
  "is empty": new Uint8Array(),
  "has every byte value": EVERY_BYTE,
  "has no newline at its end": new TextEncoder().encode("one\ntwo"),
  "has newlines at its end": new TextEncoder().encode("one\n\n\n"),
  "is 3 MB long": Uint8Array.from({ length: 3_000_000 }, (_, i) => i * i >> 3),
};

for (const [what, bytes] of Object.entries(ANSWERS)) {
  Deno.test(`run() returns an answer that ${what}`, async () => {
    await using home = await fakeHome({
      1: `echo "half an answer"; ${OUT_OF_QUOTA}`,
      2: 'cat "$HOME/answer"',
    });
    await Deno.writeFile(`${home.path}/answer`, bytes);
    const rotated = await wrapperFor(home).run(["hello"]);
    using run = rotated.run;
    assertEquals(await new Response(run.stdout.stream()).bytes(), bytes);
    assertEquals(rotated.tried.map((it) => it.account), [1, 2]);
  });
}

Deno.test("run() keeps nothing of a failed attempt in the output", async () => {
  await using home = await fakeHome({
    1: `echo "half an answer"; echo "a notice" >&2; ${OUT_OF_QUOTA}`,
    2: "echo answer; echo second >&2",
  });
  const rotated = await wrapperFor(home).run(["hello"]);
  assertEquals(await outputsOf(rotated), ["answer\n", "second\n"]);
});

Deno.test("call() releases the output of a failed attempt when it is a file", async () => {
  await using home = await fakeHome({
    1: `head -c 2000000 /dev/zero; ${OUT_OF_QUOTA}`,
    2: answers("Paris"),
  });
  // The leak sanitizer reports a file that stays open.
  assertEquals((await wrapperFor(home).call("hello")).output, "Paris");
});

Deno.test("run() returns the last attempt with its exit code when all fail", async () => {
  await using home = await fakeHome({
    1: OUT_OF_QUOTA,
    2: "echo half; echo 429 >&2; exit 55",
  });
  const rotated = await wrapperFor(home).run(["hello"]);
  assertEquals(rotated.run.exitCode, 55);
  assertEquals(await outputsOf(rotated), ["half\n", "429\n"]);
});

Deno.test("run() passes the arguments on unchanged", async () => {
  const args = ["-m", "", "a b", "$HOME", "*", "ü\n"];
  await using home = await fakeHome({ 1: 'printf "%s|" "$@"' });
  const rotated = await wrapperFor(home).run(args);
  const [stdout] = await outputsOf(rotated);
  assertEquals(stdout, args.map((it) => `${it}|`).join(""));
});

Deno.test("call() returns no output when the run fails midway", async () => {
  await using home = await fakeHome({ 1: "echo half; exit 1" });
  assertEquals((await wrapperFor(home).call("hello")).output, "");
});

Deno.test("call() returns text as it was printed", async () => {
  const text = "\ufeffGrüße,\r\n\tOne\n\n";
  await using home = await fakeHome({ 1: 'cat "$HOME/answer"' });
  await Deno.writeTextFile(`${home.path}/answer`, text);
  assertEquals((await wrapperFor(home).call("hello")).output, text);
});

Deno.test("call() gives the whole stdin to the next account when one has read a part", async () => {
  const text = "a line of a file\n".repeat(20_000);
  await using home = await fakeHome({
    1: `head -c 5 >/dev/null; ${OUT_OF_QUOTA}`,
    2: `cat >/dev/null; ${OUT_OF_QUOTA}`,
    3: "cat",
  });
  const stdin = new Blob([text]).stream();
  const { output } = await wrapperFor(home).call("hello", { stdin });
  assertEquals(output, text);
});

Deno.test("call() gives an empty stdin when there is none", async () => {
  await using home = await fakeHome({ 1: "cat; echo end" });
  assertEquals((await wrapperFor(home).call("hello")).output, "end\n");
});

Deno.test("call() answers the second time as it did the first", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: answers("Paris") });
  const wrapper = wrapperFor(home);
  await wrapper.call("hello");
  const { output, accountsTried } = await wrapper.call("hello");
  assertEquals({ output, accountsTried }, {
    output: "Paris",
    accountsTried: [2],
  });
});

/** Reads the stdout and stderr of the last run, and disposes of it. */
async function outputsOf({ run }: RotatedRun): Promise<string[]> {
  using _run = run;
  const spools = [run.stdout, run.stderr];
  return await Promise.all(
    spools.map((it) => new Response(it.stream()).text()),
  );
}

const UNREADABLE: Record<string, (projects: string) => Promise<void>> = {
  "is a file": (projects) => Deno.writeTextFile(projects, ""),
  "is a link to itself": (projects) => Deno.symlink("projects", projects),
};

for (const [what, spoil] of Object.entries(UNREADABLE)) {
  for (const args of [["hello"], ["--continue", "hello"]]) {
    Deno.test(`run() answers ${args.join(" ")} if the folder for sessions ${what}`, async () => {
      await using home = await fakeHome({ 1: answers("Paris") });
      await spoil(`${home.dir}/projects`);
      const rotated = await wrapperFor(home).run(args);
      assertEquals(await outputsOf(rotated), ["Paris", ""]);
    });
  }
}
