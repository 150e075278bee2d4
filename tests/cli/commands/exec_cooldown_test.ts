import { assertEquals, assertMatch } from "@std/assert";
import { AccountManager } from "../../../lib/mod.ts";
import { exec } from "../../support/fake_exec.ts";
import {
  answers,
  fakeHome,
  letGoOn,
  OUT_OF_QUOTA,
} from "../../support/fake_qwen.ts";

const CALLERS = 20;

const HOUR_MS = 3_600_000;

Deno.test("exec exits with 75 and says when each account is ready when none is", async () => {
  await using home = await fakeHome({ 1: answers("no"), 2: answers("no") });
  const accounts = new AccountManager({ dir: home.dir });
  await accounts.setCooldown(1, 2 * HOUR_MS);
  await accounts.setCooldown(2, HOUR_MS);
  const { code, stdout, stderr } = await exec(home, ["--", "hello"]);
  assertEquals({ code, stdout }, { code: 75, stdout: "" });
  assertMatch(
    stderr,
    /account 2: resting \(set by you\), .*\n.*account 1: resting \(set by you\)/,
  );
  assertMatch(stderr, /\naccount-qwen: hint: /);
  assertEquals(await home.asked(), []);
});

Deno.test("exec does not use an account in the next call that was out of quota in this one", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: answers("Paris") });
  await exec(home, ["--", "hello"]);
  await new AccountManager({ dir: home.dir }).switchTo(1);
  const { stdout } = await exec(home, ["--", "hello"]);
  assertEquals(stdout, "Paris");
  assertEquals(await home.asked(), [1, 2, 2]);
});

Deno.test(`exec switches once when ${CALLERS} processes see the same account run out`, async () => {
  await using home = await fakeHome({
    1: `read -r _ <"$HOME/gate$1"; ${OUT_OF_QUOTA}`,
    2: answers("Paris"),
    3: answers("no"),
  });
  const prompts = Array.from({ length: CALLERS }, (_, at) => `number ${at}`);
  const gates = await Promise.all(
    prompts.map((it) => home.addPipe(`gate--prompt=${it}`)),
  );
  const runs = prompts.map((it) => exec(home, ["--", it]));
  await letGoOn(gates, Promise.race(runs));
  const outputs = (await Promise.all(runs)).map((it) => it.stdout);
  assertEquals(new Set(outputs), new Set(["Paris"]));
  const switches = await home.events("account_switch");
  assertEquals(switches.map(({ from, to }) => ({ from, to })), [
    { from: 1, to: 2 },
  ]);
  const asked = await home.asked();
  assertEquals(asked.filter((it) => it === 1).length, CALLERS);
  assertEquals(asked.filter((it) => it === 2).length, CALLERS);
});
