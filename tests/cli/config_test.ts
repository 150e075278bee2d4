import { assertEquals, assertRejects } from "@std/assert";
import { loadConfig } from "../../lib/cli/config.ts";
import { tempDir } from "../support/temp_dir.ts";

const GOOD: Record<string, string[] | undefined> = {
  "": undefined,
  "# nothing but a remark\n": undefined,
  "{}": undefined,
  "quota_patterns: [no tokens left, '777']": ["no tokens left", "777"],
  "quota_patterns:\n  - 777\n  - 'limit: 0'\n": ["777", "limit: 0"],
};

for (const [text, quotaPatterns] of Object.entries(GOOD)) {
  Deno.test(`loadConfig() reads ${JSON.stringify(text)}`, async () => {
    await using dir = await tempDir();
    await Deno.writeTextFile(`${dir.path}/account-qwen.yaml`, text);
    assertEquals(await loadConfig(dir.path), { quotaPatterns });
  });
}

Deno.test("loadConfig() returns an empty configuration when there is no file", async () => {
  await using dir = await tempDir();
  assertEquals(await loadConfig(dir.path), { quotaPatterns: undefined });
});

const WRONG: Record<string, string> = {
  "quota_pattern: [a]": 'unknown key "quota_pattern"',
  "quota_patterns: [a]\nmore: 1": 'unknown key "more"',
  "quota_patterns: a": "quota_patterns is no list of texts",
  "quota_patterns: []": "quota_patterns is no list of texts",
  "quota_patterns: {a: b}": "quota_patterns is no list of texts",
  "quota_patterns: [{a: b}]": "quota_patterns is no list of texts",
  "quota_patterns: [[a]]": "quota_patterns is no list of texts",
  "quota_patterns: [null]": "quota_patterns is no list of texts",
  "quota_patterns: ['']": "quota_patterns is no list of texts",
  "just a text": "it holds no mapping",
  "[a, b]": "it holds no mapping",
};

for (const [text, problem] of Object.entries(WRONG)) {
  Deno.test(`loadConfig() throws for ${JSON.stringify(text)}`, async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/account-qwen.yaml`;
    await Deno.writeTextFile(path, text);
    await assertRejects(
      () => loadConfig(dir.path),
      SyntaxError,
      `Cannot use "${path}": ${problem}`,
    );
  });
}

Deno.test("loadConfig() says in one line that it is no YAML", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/account-qwen.yaml`;
  await Deno.writeTextFile(path, 'quota_patterns: "abc\n');
  const { message } = await assertRejects(
    () => loadConfig(dir.path),
    SyntaxError,
    `Cannot use "${path}": `,
  );
  assertEquals(message.split("\n").length, 1, message);
});
