import { assertEquals } from "@std/assert";
import { Doctor, examine } from "../../../lib/doctor/doctor.ts";
import { realSystem } from "../../../lib/system/system.ts";
import { run } from "../../support/cli.ts";
import {
  killedProcess,
  RUN_ID,
  type UserHome,
  userHome,
} from "./private_homes.ts";
import type { Finding } from "../../../lib/doctor/finding.ts";

Deno.test("examine() finds nothing about the home of a run in progress", async () => {
  await using user = await userHome();
  await using _ = await user.make();
  assertEquals(await findingsOn(user), []);
});

Deno.test("examine() finds the home of a killed run, which repair() copies back", async () => {
  await using user = await userHome();
  using _ = killedProcess();
  const home = await user.make();
  await Deno.writeTextFile(`${home.env.HOME}/newfile`, "new");
  const folder = `${user.layout.accounts}/homes/${RUN_ID}`;
  assertEquals(await findingsOn(user), [{
    check: "homes",
    problem: `a killed run left ${folder} behind`,
    mend: "account-qwen doctor --fix",
  }]);
  await new Doctor({ dir: user.layout.root }).repair();
  assertEquals(await findingsOn(user), []);
  assertEquals((await user.tree())["newfile"], "new");
});

Deno.test("examine() names the command that moves away what cannot be copied back", async () => {
  await using user = await userHome();
  const home = await user.make();
  const path = `${home.env.QWEN_HOME}/accounts`;
  await Deno.mkdir(path);
  await home[Symbol.asyncDispose]();
  const [finding, ...others] = await findingsOn(user);
  assertEquals(others, []);
  const away = `${user.layout.root}/accounts.away`;
  assertEquals(finding, {
    check: "homes",
    problem: `${path} of a run could not be copied back`,
    mend: `mv ${path} ${away}`,
  });
  await run("sh", ["-c", finding?.mend ?? ""], { home: user.path });
  assertEquals(await findingsOn(user), []);
  await new Doctor({ dir: user.layout.root }).repair();
  assertEquals(await user.homes(), []);
});

Deno.test("examine() names a command that moves what a run created to the home of the user", async () => {
  await using user = await userHome();
  const home = await user.make();
  const path = `${home.env.HOME}/.account-qwen-notes`;
  await Deno.mkdir(path);
  await home[Symbol.asyncDispose]();
  const [finding] = await findingsOn(user);
  const away = `${user.path}/.account-qwen-notes.away`;
  assertEquals(finding?.mend, `mv ${path} ${away}`);
});

Deno.test({
  name: "examine() names a command that moves a file whose name is not UTF-8",
  ignore: Deno.build.os === "darwin", // its file systems refuse such names
  fn: async () => {
    await using user = await userHome();
    const home = await user.make();
    const { HOME = "" } = home.env;
    const make = `printf kept >"$(printf 'a\\377')"; printf b >b`;
    await run("sh", ["-c", `cd "$0" && ${make}`, HOME], { home: user.path });
    await home[Symbol.asyncDispose]();
    assertEquals(await Deno.readTextFile(`${user.path}/b`), "b");
    const [finding, ...others] = await findingsOn(user);
    assertEquals(others, []);
    const away = `${user.path}/home-${RUN_ID}.away`;
    assertEquals(finding, {
      check: "homes",
      problem: `${HOME} of a run has a name that is not UTF-8`,
      mend: `mv ${HOME} ${away}`,
    });
    await run("sh", ["-c", finding?.mend ?? ""], { home: user.path });
    const found = await run("sh", ["-c", `cat "$0"/a*`, away], {
      home: user.path,
    });
    assertEquals(found.stdout, "kept");
    await new Doctor({ dir: user.layout.root }).repair();
    assertEquals(await user.homes(), []);
  },
});

Deno.test("examine() finds a home whose record is damaged", async () => {
  await using user = await userHome();
  using _ = killedProcess();
  await user.make();
  const folder = `${user.layout.accounts}/homes/${RUN_ID}`;
  await Deno.writeTextFile(`${folder}/record.json`, "{");
  await new Doctor({ dir: user.layout.root }).repair();
  const [finding, ...others] = await findingsOn(user);
  assertEquals(others, []);
  assertEquals(finding?.problem, `${folder} has a damaged record`);
  await run("sh", ["-c", finding?.mend ?? ""], { home: user.path });
  assertEquals(await findingsOn(user), []);
});

/** The findings about homes, as the user's own `account-qwen` reports them. */
async function findingsOn(
  { layout, path }: UserHome,
): Promise<Finding[]> {
  const env = (name: string) => name === "HOME" ? path : undefined;
  const found = await examine(layout, { ...realSystem, env });
  return found.filter((it) => it.check === "homes");
}
