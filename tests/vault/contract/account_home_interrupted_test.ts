import { assert, assertEquals } from "@std/assert";
import { basics as claude } from "../../../lib/agents/claude/basics.ts";
import { basics as codex } from "../../../lib/agents/codex/basics.ts";
import {
  failAtEveryStep,
  interrupt,
  INTERRUPTIONS,
} from "../../accounts/interruptions.ts";
import type { CountingFilesOptions } from "../../support/counting_files.ts";
import {
  isLink,
  putFiles,
  putJson,
  setAccountHome,
  setVariable,
  stateFiles,
  textsBelow,
} from "./account_home_scene.ts";

/** Each interrupts at a step; returns `false` if all was done before it. */
const ACTIONS: Record<
  string,
  (interruption: CountingFilesOptions) => Promise<boolean>
> = {
  "sharing the entries of a home": async (interruption) => {
    const ofUser = { "config.toml": "of user", "sessions/1": "session 1" };
    await using scene = await setAccountHome(codex, ofUser);
    await Deno.symlink("/nowhere", `${scene.folder}/skills`);
    await putFiles(scene.folder, {
      "auth.json": "login",
      "config.toml": "of run",
      "sessions/2": "session 2",
      "prompts/new.md": "prompt",
    });
    const steps = await interrupt(scene.share, interruption);
    await scene.share();
    const at = `step ${interruption.failAt}`;
    const kept = await textsBelow(scene.home);
    const expected = ["login", "of run", "of user", "prompt"]
      .concat("session 1", "session 2");
    assertEquals(kept.filter((it) => it !== "").toSorted(), expected, at);
    for (const name of ["config.toml", "sessions", "prompts", "skills"]) {
      assert(await isLink(`${scene.folder}/${name}`), `${name}, ${at}`);
      assert(!await isLink(`${scene.home}/${name}`), `${name}, ${at}`);
    }
    return steps >= (interruption.failAt ?? 0);
  },
  "merging the file of a home": async (interruption) => {
    await using scene = await setAccountHome(claude, {});
    await using _home = setVariable("CLAUDE_CONFIG_DIR", scene.home);
    const { user, own } = stateFiles(scene);
    await putJson(user, { oauthAccount: "plain", projects: { "/a": {} } });
    await scene.share();
    const mine = { oauthAccount: "one", projects: { "/a": {}, "/b": {} } };
    await putJson(own, mine);
    await putJson(user, { oauthAccount: "plain", projects: { "/c": {} } });
    const steps = await interrupt(scene.share, interruption);
    await scene.share();
    const at = `step ${interruption.failAt}`;
    for (const [path, owner] of [[user, "plain"], [own, "one"]] as const) {
      const { oauthAccount, projects } = JSON.parse(
        await Deno.readTextFile(path),
      );
      assertEquals(oauthAccount, owner, at);
      assert("/b" in projects && "/c" in projects, `${path}, ${at}`);
    }
    assertEquals(
      (await Array.fromAsync(Deno.readDir(scene.folder), (it) => it.name))
        .filter((it) => it.startsWith(".claude")).toSorted(),
      [".claude.json", ".claude.json.base"],
      at,
    );
    return steps >= (interruption.failAt ?? 0);
  },
};

for (const [what, isInterrupted] of Object.entries(ACTIONS)) {
  for (const [how, options] of Object.entries(INTERRUPTIONS)) {
    Deno.test(`nothing is lost when ${what} ${how}, at any step`, async () => {
      await failAtEveryStep(isInterrupted, options);
    });
  }
}
