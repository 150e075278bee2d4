import { assert, assertEquals } from "@std/assert";
import { credential } from "../../support/account_folder.ts";
import type { CountingFilesOptions } from "../../support/counting_files.ts";
import {
  failAtEveryStep,
  interrupt,
  INTERRUPTIONS,
} from "../../accounts/interruptions.ts";
import {
  afterRun,
  behaveLikeARun,
  killedProcess,
  nextCommand,
  OTHER_ID,
  userHome,
} from "./private_homes.ts";
import { stashPaths } from "../../support/kept_files.ts";

interface Case {
  version: string;
  apart?: boolean;
}

const CASES: Record<string, Case> = {
  "a HOME": { version: "0.12.0" },
  "a HOME on another file system": { version: "0.12.0", apart: true },
  "a QWEN_HOME": { version: "0.24.4" },
};

type Interrupted = (
  options: Case,
  interruption: CountingFilesOptions,
) => Promise<boolean>;

/** The other steps do not depend on the kind of home. */
const KINDS_OF: Record<string, readonly string[]> = {
  "the next command after a kill in": ["a HOME"],
  "two runs have changed the same and the end of": ["a QWEN_HOME"],
};

/**
 * Each interrupts at a step; returns `false` if everything was done before it.
 */
const ACTIONS: Record<string, Interrupted> = {
  "the making of": async ({ version, apart = false }, options) => {
    await using user = await userHome({ apart });
    const before = await user.tree();
    using _ = killedProcess();
    const steps = await interrupt(() => user.make(version), options);
    await nextCommand(user);
    assertEquals(await user.tree(), before, `step ${options.failAt}`);
    assertEquals(await user.homes(), [], `step ${options.failAt}`);
    return steps >= (options.failAt ?? 0);
  },
  "the end of": async ({ version, apart = false }, options) => {
    await using user = await userHome({ apart });
    const before = await user.tree();
    using _ = killedProcess();
    const home = await user.make(version);
    await behaveLikeARun(home);
    const end = async () => await home[Symbol.asyncDispose]();
    const steps = await interrupt(end, options);
    await nextCommand(user);
    const expected = afterRun(before, user.path, version);
    assertEquals(await user.tree(), expected, `step ${options.failAt}`);
    assertEquals(await user.homes(), [], `step ${options.failAt}`);
    return steps >= (options.failAt ?? 0);
  },
  "the next command after a kill in": async (
    { version, apart = false },
    options,
  ) => {
    await using user = await userHome({ apart });
    const before = await user.tree();
    using _ = killedProcess();
    const home = await user.make(version);
    await behaveLikeARun(home);
    const login = `${home.env.QWEN_HOME}/oauth_creds.json`;
    await Deno.writeFile(login, credential(7)); // by another process, with /auth
    const next = () => nextCommand(user);
    const steps = await interrupt(next, options);
    await next();
    const stash = await stashPaths(user.layout);
    const stashed = await Promise.all(stash.map((it) => Deno.readFile(it)));
    assertEquals(stashed, [credential(7)], `step ${options.failAt}`);
    const expected = afterRun(before, user.path, version);
    assertEquals(await user.tree(), expected, `step ${options.failAt}`);
    assertEquals(await user.homes(), [], `step ${options.failAt}`);
    return steps >= (options.failAt ?? 0);
  },
  "two runs have changed the same and the end of": async (
    { version, apart = false },
    options,
  ) => {
    await using user = await userHome({ apart });
    using _ = killedProcess();
    const one = await user.make(version);
    const two = await user.make(version, OTHER_ID);
    for (const [name, { env }] of Object.entries({ one, two })) {
      const folder = env.QWEN_HOME;
      await Deno.writeTextFile(`${folder}/tmp.txt`, `${name} settings`);
      await Deno.rename(`${folder}/tmp.txt`, `${folder}/settings.json`);
      await Deno.mkdir(`${folder}/both`);
      await Deno.writeTextFile(`${folder}/both/file`, `${name} file`);
      await Deno.writeTextFile(`${folder}/both/${name}`, `${name} alone`);
    }
    await two[Symbol.asyncDispose]();
    const end = async () => await one[Symbol.asyncDispose]();
    const steps = await interrupt(end, options);
    await nextCommand(user);
    const contents = Object.values(await user.tree());
    for (const name of ["one", "two"]) {
      for (const what of ["settings", "file", "alone"]) {
        const isKept = contents.includes(`${name} ${what}`);
        assert(isKept, `${what} of ${name}, step ${options.failAt}`);
      }
    }
    assertEquals(await user.homes(), [], `step ${options.failAt}`);
    return steps >= (options.failAt ?? 0);
  },
};

for (const [what, isInterrupted] of Object.entries(ACTIONS)) {
  for (const [kind, it] of Object.entries(CASES)) {
    if (KINDS_OF[what]?.includes(kind) === false) continue;
    for (const [how, options] of Object.entries(INTERRUPTIONS)) {
      Deno.test(`nothing of the user is lost when ${what} ${kind} ${how}, at any step`, async () => {
        await failAtEveryStep(
          (interruption) => isInterrupted(it, interruption),
          options,
        );
      });
    }
  }
}
