/**
 * Which account is active after a run: a run through the gateway holds its
 * account without activating it; an account that is out is left for all.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { runCli } from "../support/cli.ts";
import { QUOTA_EXCEEDED } from "../support/service.ts";
import { type Scene, setScene } from "../support/scene.ts";

const PROMPT = "What is the capital of France?";
const ANSWER = { answer: "The capital of France is Paris." };

const KINDS = {
  "keys through the gateway": { keys: [1, 2, 3], flags: ["--mode=gateway"] },
  "logins through the gateway": { keys: [], flags: ["--mode=gateway"] },
  "keys without a gateway": { keys: [1, 2, 3], flags: ["--mode=link"] },
};

for (const [kind, { keys, flags }] of Object.entries(KINDS)) {
  Deno.test(`exec --account with ${kind} does not change the active account`, async () => {
    await using scene = await setScene([ANSWER, ANSWER, ANSWER], { keys });
    await activate(scene, 1);
    const before = await lookAt(scene);
    const { code, stderr } = await scene.exec([
      ...flags,
      "--account=2",
      "--",
      PROMPT,
    ]);
    assertEquals(code, 0, stderr);
    assertEquals(scene.askedAccounts(), [2]);
    assertEquals(await lookAt(scene), before);
  });

  Deno.test(`exec with ${kind} that leaves another account than the active one does not change that`, async () => {
    const replies = [ANSWER, QUOTA_EXCEEDED, ANSWER];
    await using scene = await setScene(replies, { keys });
    await activate(scene, 1);
    const args = [...flags, "--account=2", "--", PROMPT];
    const { code, stderr } = await scene.exec(args);
    assertEquals(code, 0, stderr);
    assertMatch(
      stderr,
      /account 2 is out of quota .*continuing with account 1/,
    );
    const { which, log } = await lookAt(scene);
    assertEquals(which, "account 1\n");
    assertEquals(switchesIn(log), []);
  });

  Deno.test(`exec with ${kind} activates another account once when three runs leave the active one`, async () => {
    const replies = [QUOTA_EXCEEDED, ANSWER, ANSWER];
    await using scene = await setScene(replies, { keys });
    await activate(scene, 1);
    const args = [...flags, "--", PROMPT];
    // Three real agents at once take long on a busy machine.
    const options = { timeoutMs: 3 * 60_000 };
    const runs = await Promise.all(
      [1, 2, 3].map(() => scene.exec(args, options)),
    );
    assertEquals(runs.map((it) => it.code), [0, 0, 0], runs[0]?.stderr);
    const { which, log } = await lookAt(scene);
    assertEquals(which, "account 2\n");
    assertEquals(switchesIn(log), ["1 to 2: quota"]);
  });
}

Deno.test("exec --account with a login on the link activates the account", async () => {
  await using scene = await setScene([ANSWER, ANSWER]);
  await activate(scene, 1);
  const args = ["--mode=link", "--account=2", "--", PROMPT];
  const { code, stderr } = await scene.exec(args);
  assertEquals(code, 0, stderr);
  const { which, link, log } = await lookAt(scene);
  assertEquals([which, link], [
    "account 2\n",
    "accounts/oauth_creds_2.json",
  ]);
  assertEquals(switchesIn(log), ["1 to 2: chosen for a run"]);
});

/** What a run must not change unless it activates an account. */
interface Look {
  which: string;
  stats: unknown;
  link: string | undefined;
  log: string;
}

async function lookAt({ home }: Scene): Promise<Look> {
  const [which, stats] = await Promise.all(
    [["which"], ["stats", "--json"]].map((args) =>
      runCli(args, { home: home.path })
    ),
  );
  const { current_index, switches_total, last_switch } = JSON.parse(
    stats?.stdout ?? "",
  );
  return {
    which: which?.stdout ?? "",
    stats: { current_index, switches_total, last_switch },
    link: await Deno.readLink(`${home.dir}/oauth_creds.json`)
      .catch(() => undefined),
    log: await Deno.readTextFile(`${home.dir}/rotation.log`).catch(() => ""),
  };
}

function switchesIn(log: string): string[] {
  return log.split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line))
    .filter((it) => it.event === "account_switch" && it.reason !== "asked for")
    .map(({ from, to, reason }) => `${from} to ${to}: ${reason}`);
}

async function activate({ home }: Scene, index: number): Promise<void> {
  const { code, stderr } = await runCli(["switch", `${index}`], {
    home: home.path,
  });
  assertEquals(code, 0, stderr);
}
