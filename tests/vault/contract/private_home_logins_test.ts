import { assertEquals } from "@std/assert";
import { credential, text } from "../../support/account_folder.ts";
import { GIVEN, KINDS, nextCommand, userHome } from "./private_homes.ts";
import { stashPaths } from "../../support/kept_files.ts";

const TORN = '{"access_token":"run-tok';

/** A file that a run may leave under the name of a login, and its fate. */
const LEFT: Readonly<
  Record<string, { content: string; becomes: "nothing" | "home" | "stash" }>
> = {
  "oauth_creds.json": { content: TORN, becomes: "nothing" },
  "oauth_creds.json.tmp.0f-1": { content: TORN, becomes: "nothing" },
  "oauth_creds.lock": { content: "0f-1", becomes: "nothing" },
  ".oauth_creds.json.0123456789abcdef.tmp": {
    content: TORN,
    becomes: "nothing",
  },
  "oauth_creds.json.bak": { content: text(credential(7)), becomes: "stash" },
  "oauth_creds_howto.md": { content: "my notes", becomes: "home" },
  "oauth_creds.json.md": { content: "my notes", becomes: "home" },
};

for (const [kind, version] of Object.entries(KINDS)) {
  for (const [name, { content, becomes }] of Object.entries(LEFT)) {
    Deno.test(`a file that a run in ${kind} leaves as ${name} becomes: ${becomes}`, async () => {
      await using user = await userHome();
      const before = await user.tree();
      const home = await user.make(version);
      await Deno.writeTextFile(`${home.env.QWEN_HOME}/${name}`, content);
      await home[Symbol.asyncDispose]();
      await nextCommand(user);
      const { [`.qwen/${name}`]: left, ...others } = await user.tree();
      const live = name === "oauth_creds.json";
      const expected = live ? before[`.qwen/${name}`] : undefined;
      assertEquals(left, becomes === "home" ? content : expected);
      const { [`.qwen/${name}`]: _, ...same } = before;
      assertEquals(others, same);
      const stash = await stashPaths(user.layout);
      const stashed = await Promise.all(
        stash.map((it) => Deno.readTextFile(it)),
      );
      assertEquals(stashed, becomes === "stash" ? [content] : []);
      assertEquals(await user.homes(), []);
    });
  }
}

Deno.test("a copy of the login that a run was given is not kept, whatever its name", async () => {
  await using user = await userHome();
  const before = await user.tree();
  const home = await user.make();
  const { QWEN_HOME: qwen } = home.env;
  const copy = `${qwen}/oauth_creds_copy.json`;
  await Deno.copyFile(`${qwen}/oauth_creds.json`, copy);
  assertEquals((await Deno.readTextFile(copy)).includes(GIVEN.token), true);
  await home[Symbol.asyncDispose]();
  assertEquals(await user.tree(), before);
});

Deno.test("a folder named like a login belongs to the user", async () => {
  await using user = await userHome();
  const home = await user.make();
  const folder = `${home.env.QWEN_HOME}/oauth_creds_notes`;
  await Deno.mkdir(folder);
  await Deno.writeTextFile(`${folder}/a`, "a");
  await home[Symbol.asyncDispose]();
  assertEquals((await user.tree())[".qwen/oauth_creds_notes/a"], "a");
  assertEquals(await user.homes(), []);
});
