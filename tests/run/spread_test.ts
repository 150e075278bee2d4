import { assertEquals, assertMatch } from "@std/assert";
import { writeKeySlot } from "../support/account_folder.ts";
import { runCli } from "../support/cli.ts";
import { startCli } from "../support/cli_process.ts";
import { type FakeHome, fakeHome, letGoOn } from "../support/fake_qwen.ts";
import { loginScene } from "../support/login_run_scene.ts";

/** Notes the account of its key, and does what `$HOME/play` says. */
const SCRIPT = `#!/bin/sh
case $1 in --version) echo 0.12.0; exit;; esac
account=\${OPENAI_API_KEY#secret-api-key-}
echo "\${account%%-*}" >>"$HOME/asked"
[ ! -e "$HOME/play" ] || . "$HOME/play"
echo Paris
`;

/** Makes a home with keys alone, and a program that notes whose it gets. */
async function keyHome(accounts: number): Promise<FakeHome & { bin: string }> {
  const home = await fakeHome({ 1: "" });
  await Deno.remove(`${home.dir}/oauth_creds.json`);
  await Deno.remove(home.slot(1));
  for (let index = 1; index <= accounts; index++) {
    await writeKeySlot(home.dir, index);
  }
  const bin = `${home.path}/agent`;
  await Deno.writeTextFile(bin, SCRIPT, { mode: 0o755 });
  return { ...home, bin };
}

function exec(bin: string, strategy: string, ...prompt: string[]): string[] {
  const how = ["--mode=link", `--strategy=${strategy}`];
  return ["exec", "--bin", bin, ...how, "--", ...prompt];
}

Deno.test("exec with spread gives 5 processes at once the 5 accounts", async () => {
  await using home = await keyHome(5);
  const prompts = ["a", "b", "c", "d", "e"];
  const gates = await Promise.all(
    prompts.map((it) => home.addPipe(`gate${it}`)),
  );
  const play = "for last; do :; done; last=${last#--prompt=}\n" +
    'read -r _ <"$HOME/gate$last"\n';
  await Deno.writeTextFile(`${home.path}/play`, play);
  const children = await Promise.all(
    prompts.map((it) =>
      startCli(exec(home.bin, "spread", it), { home: home.path })
    ),
  );
  await letGoOn(gates, Promise.race(children.map((it) => it.status)));
  for (const child of children) {
    const { code, stdout } = await child.output();
    assertEquals([code, new TextDecoder().decode(stdout)], [0, "Paris\n"]);
  }
  assertEquals((await home.asked()).toSorted(), [1, 2, 3, 4, 5]);
});

Deno.test("exec with spread uses the accounts in turn if no run is under way", async () => {
  await using home = await keyHome(3);
  for (const _ of [1, 2, 3, 4]) {
    const args = exec(home.bin, "spread", "hello");
    assertEquals((await runCli(args, { home: home.path })).code, 0);
  }
  assertEquals(await home.asked(), [1, 2, 3, 1]);
});

Deno.test("exec with weighted uses an account as often as its weight says", async () => {
  await using home = await keyHome(2);
  await runCli(["weight", "2", "3"], { home: home.path });
  for (let run = 0; run < 8; run++) {
    await runCli(exec(home.bin, "weighted", "hello"), { home: home.path });
  }
  const asked = await home.asked();
  assertEquals(asked.filter((it) => it === 2).length, 6, asked.join());
});

Deno.test("exec with spread leaves an account that is out for the one with the fewest runs, not the active one", async () => {
  await using home = await keyHome(3);
  const play = `if [ "$account" = "\${account#2-}" ]; then :; else
    echo "[API Error: 429 Free allocated quota exceeded.]" >&2; exit 1; fi\n`;
  await Deno.writeTextFile(`${home.path}/play`, play);
  const ask = () =>
    runCli(exec(home.bin, "spread", "hello"), { home: home.path });
  await ask();
  const { stdout, stderr } = await ask();
  assertEquals(stdout, "Paris\n");
  assertMatch(stderr, /account 2 is out of quota.*continuing with account 3\n/);
  assertEquals(await home.asked(), [1, 2, 3]);
});

for (const strategy of ["spread", "weighted"]) {
  Deno.test(`exec and next refuse plan logins with ${strategy}`, async () => {
    await using scene = await loginScene("codex");
    const exec = ["exec", `--strategy=${strategy}`, "--bin", scene.bin];
    const { code, stdout, stderr } = await scene.cli([...exec, "--", "hello"]);
    assertEquals([code, stdout], [2, ""]);
    assertMatch(
      stderr,
      new RegExp(
        `Cannot use the strategy ${strategy}: .*account 1.* has the login of a plan`,
      ),
    );
    const next = await scene.cli(["next", `--strategy=${strategy}`]);
    assertEquals(next.code, 2);
  });
}
