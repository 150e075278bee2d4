import { assertEquals, assertMatch } from "@std/assert";
import { runCli } from "../support/cli.ts";
import { type TestHome, testHome } from "../support/home.ts";
import { credential } from "./commands/folder.ts";

const TOKENS = /secret-(?:access|refresh)-?[\w-]*/;

const STASHED = "oauth_creds.20261121T083500123Z-ab12cd34.json";

const COMMANDS: string[][] = [
  ["doctor"],
  ["doctor", "--json"],
  ["doctor", "--fix"],
  ["restore", "1"],
  ["restore", "2", "--stash", STASHED],
  ["restore", "2", "--stash", "broken.json"],
  ["list"],
  ["list", "--json"],
  ["switch", "2"],
  ["next"],
];

for (const args of COMMANDS) {
  Deno.test(`${args.join(" ")} prints no token when logins are out of place`, async () => {
    await using home = await untidyHome();
    const { stdout, stderr } = await runCli(args, { home: home.path });
    const told = [stdout, stderr];
    for (const name of ["state.yaml", "rotation.log"]) {
      told.push(await Deno.readTextFile(`${home.dir}/${name}`).catch(() => ""));
    }
    assertMatch(stdout + stderr, /./);
    assertEquals(TOKENS.exec(told.join("\n"))?.[0], undefined);
  });
}

/** Logins in the stash, in the link's place, and under a temporary name. */
async function untidyHome(): Promise<TestHome> {
  const home = await testHome({
    accounts: 2,
    baseUrl: "http://provider.invalid/v1",
  });
  const expiresAt = Date.UTC(2027, 0, 1);
  const accounts = `${home.dir}/accounts`;
  await Deno.mkdir(`${accounts}/stash`, { mode: 0o700 });
  await Deno.remove(`${home.dir}/oauth_creds.json`);
  const texts = {
    [`${home.dir}/oauth_creds.json`]: credential("live", expiresAt).slice(
      0,
      -9,
    ),
    [`${accounts}/stash/${STASHED}`]: credential("stashed", expiresAt),
    [`${accounts}/stash/broken.json`]: credential("broken", expiresAt).slice(9),
    [`${accounts}/.oauth_creds_2.json.0123456789abcdef.tmp`]: credential(
      "left",
      expiresAt,
    ),
    [home.slot(1)]: credential("one", expiresAt).slice(0, 60),
  };
  for (const [path, text] of Object.entries(texts)) {
    await Deno.writeTextFile(path, text);
  }
  return home;
}
