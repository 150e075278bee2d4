import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { COMMANDS } from "../support/commands.ts";
import { refuseKeys } from "../../lib/cli/line/key_argument.ts";
import { findCommand, parseCommandLine } from "../../lib/cli/line/parse.ts";
import { UsageError } from "../../lib/cli/line/usage_error.ts";
import { runCli } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";

const KEY = "sk-4f9ab27e51c84d0ca3d1";
const OPAQUE = "9f86d081884c7d659a2feaa0c55ad015";

const REFUSED: string[][] = [
  [KEY],
  ["add", KEY],
  ["add", "--api-key", KEY],
  ["add", `--api-key=${KEY}`],
  ["add", "--api-key", "of-no-known-form"],
  ["add", "--api_key=of-no-known-form"],
  ["add", "--openai-api-key", "of-no-known-form"],
  ["add", "--api-key-stdin", KEY],
  ["add", `--${KEY}`],
  ["--api-key", KEY, "add"],
  ["login", "--token", "of-no-known-form"],
  ["add", "--token", "of-no-known-form"],
  ["add", "--token=of-no-known-form"],
  ["label", "1", KEY],
  ["label", "1", "--", KEY],
  ["add", "--label", OPAQUE],
  [`OPENAI_API_KEY=${KEY}`, "exec"],
  ["exec", "--account", KEY, "--", "hello"],
  ["no-command", "--api-key", KEY],
];

for (const args of REFUSED) {
  Deno.test(`a key on the command line is refused, and not repeated: ${args.join(" ")}`, () => {
    const { message, hint = "" } = assertThrows(() => {
      findCommand(args, COMMANDS);
      parseCommandLine(args, COMMANDS);
    }, UsageError);
    assertMatch(message, /^An API key on the command line can be read/);
    assertMatch(hint, /cat key\.txt/);
    const secrets = [KEY, OPAQUE, "of-no-known-form"];
    const told = message + hint;
    assertEquals(secrets.filter((it) => told.includes(it)), []);
  });
}

Deno.test("account-qwen add KEY exits with 2 and says how to pass a key", async () => {
  await using home = await tempDir();
  const args = ["add", "--api-key", KEY];
  const { code, stdout, stderr } = await runCli(args, { home: home.path });
  assertEquals({ code, stdout, stderr }, {
    code: 2,
    stdout: "",
    stderr: "account-qwen: error: An API key on the command line can be read " +
      "by others, and stays in the history of the shell\n" +
      "account-qwen: hint: cat key.txt | account-qwen add --preset dashscope " +
      "--api-key-stdin\n",
  });
});

const ACCEPTED: string[][] = [
  ["add", "--api-key-stdin", "--base-url", "https://api.example.com/v1"],
  ["add", "--map-model", "qwen3-max=Qwen/Qwen3-Max"],
  ["restore", "2", "--stash", "oauth_creds.20261121T083500123Z-ab12cd34.json"],
  ["label", "1", "team-project-2026-primary-account-northeast-1"],
  ["label", "1", "sk-work"],
  ["exec", "why is sk-4f9ab27e51c84d0ca3d1 refused?"],
  ["import", "/home/a/9f86d081884c7d659a2feaa0c55ad015"],
];

for (const args of ACCEPTED) {
  Deno.test(`refuseKeys() accepts ${args.join(" ")}`, () => refuseKeys(args));
}
