import { assertEquals, assertMatch } from "@std/assert";
import { keySlot } from "../support/account_folder.ts";
import { runCli } from "../support/cli.ts";
import {
  answers,
  FAKE_QWEN,
  type FakeHome,
  fakeHome,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";
import { credential } from "./commands/folder.ts";

const TOKENS = /secret-(?:access|refresh|api-key)-?[\w-]*/;

/** What an account that is out of quota may print about its token. */
const TELLS_TOKEN =
  `echo "[API Error: 429 key $(tr -d '{}\n' <"$HOME/.qwen/oauth_creds.json")]" >&2
  exit 1`;

const COMMANDS: string[][] = [
  ["list"],
  ["list", "--json"],
  ["stats"],
  ["stats", "--json"],
  ["switch", "2"],
  ["switch", "9"],
  ["next"],
  ["env", "1"],
  ["env", "5", "--unset"],
  ["import"],
  ["move", "5", "9"],
  ["remove", "1"],
  ["remove", "5"],
  ["setup"],
  ["setup", "imported.json", "broken.json"],
  ["exec", "--bin", FAKE_QWEN, "--", "hello"],
  ["exec", "--bin", FAKE_QWEN, "--account", "2", "--", "hello"],
  ["exec", "--bin", "/no/such/qwen", "--", "hello"],
  ["--no-such-flag"],
];

for (const args of COMMANDS) {
  Deno.test(`${args.join(" ").replace(FAKE_QWEN, "qwen")} prints no token`, async () => {
    await using home = await talkativeHome();
    const { stdout, stderr } = await runCli(args, { home: home.path });
    const told = [stdout, stderr];
    for (const name of ["state.yaml", "rotation.log"]) {
      told.push(await Deno.readTextFile(`${home.dir}/${name}`).catch(() => ""));
    }
    assertEquals(TOKENS.exec(told.join("\n"))?.[0], undefined);
  });
}

Deno.test("exec replaces a token that qwen prints", async () => {
  await using home = await talkativeHome();
  const args = ["exec", "--bin", FAKE_QWEN, "--", "hello"];
  const { stdout, stderr } = await runCli(args, { home: home.path });
  assertEquals(stdout, "Paris");
  assertMatch(stderr, /account 2 .*\(429 key .*\[redacted\]/);
  assertEquals(await home.asked(), [1, 2, 3]);
});

Deno.test("the credentials of these tests would be found", () => {
  assertMatch(credential("token-2", 0), TOKENS);
});

/** Accounts whose tokens are printed, or are in broken files. */
async function talkativeHome(): Promise<FakeHome> {
  const home = await fakeHome({
    1: OUT_OF_QUOTA,
    2: TELLS_TOKEN,
    3: answers("Paris"),
    4: answers("no"),
  });
  const expiresAt = Date.UTC(2027, 0, 1);
  const texts = {
    [home.slot(2)]: credential("token-2", expiresAt),
    [home.slot(4)]: credential("token-4", expiresAt).slice(0, -9),
    [`${home.dir}/accounts/api_key_5.env`]: keySlot(5),
    [`${home.path}/.env`]: keySlot(6),
    [`${home.path}/imported.json`]: credential("imported", expiresAt),
    [`${home.path}/broken.json`]: credential("broken", expiresAt).slice(20),
  };
  for (const [path, text] of Object.entries(texts)) {
    await Deno.writeTextFile(path, text);
  }
  return home;
}
