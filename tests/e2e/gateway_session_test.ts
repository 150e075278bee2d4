import { assertEquals, assertStringIncludes } from "@std/assert";
import { QUOTA_EXCEEDED, type Reply } from "../support/service.ts";
import { type Scene, setScene } from "../support/scene.ts";
import { Typist } from "../support/typist.ts";
import { testWith } from "../support/needs.ts";

const test = await testWith("script");

const VERSIONS = ["0.12.0", "0.24.4"];

/** Does not ask for a theme or look for a newer version. */
const SETTINGS = {
  ui: { theme: "Default" },
  general: { disableAutoUpdate: true, enableAutoUpdate: false },
};

/** How the accounts log in, and the flags that use the gateway. */
const KINDS = [
  { kind: "keys", keys: [1, 2], selectedType: "openai", flags: [] },
  {
    kind: "logins",
    keys: [],
    selectedType: "qwen-oauth",
    flags: ["--mode=gateway"],
  },
];

for (const version of VERSIONS) {
  for (const { kind, keys, ...account } of KINDS) {
    test(`a session of qwen ${version} with ${kind} continues when its account runs out of quota`, async () => {
      await using scene = await setScene([
        onceThenNothing({ answer: "First answer." }),
        { answer: "Second answer." },
      ], { version, keys });
      await using typist = await openSession(scene, account);
      await typist.answer("Type your message", "hello");
      await typist.answer("hello", "\r");
      await typist.answer("First answer.", "");
      await typist.answer("Type your message", "again");
      await typist.answer("again", "\r");
      await typist.answer("Second answer.", "");
      assertEquals(await quit(typist), 0);
      const [, hint = "", switched = ""] = messagesIn(typist.seen);
      assertStringIncludes(hint, "with your accounts");
      const [, id = ""] = /--resume\s+([\da-f-]{36})/.exec(typist.seen) ?? [];
      assertStringIncludes(typist.seen, `exec -- --resume ${id}`);
      assertStringIncludes(switched, "account 1 is out of quota");
      assertStringIncludes(switched, "continuing with account 2");
      assertEquals(new Set(scene.askedAccounts()), new Set([1, 2]));
    });
  }

  test(`a session of qwen ${version} says when an account is ready when none is`, async () => {
    await using scene = await setScene([QUOTA_EXCEEDED, QUOTA_EXCEEDED], {
      version,
      keys: [1, 2],
    });
    const account = { selectedType: "openai", flags: [] };
    await using typist = await openSession(scene, account);
    await typist.answer("Type your message", "hello");
    await typist.answer("hello", "\r");
    await typist.answer("No account is ready: account", "");
    assertEquals(await quit(typist), 0);
    const [, _hint, first, second] = messagesIn(typist.seen);
    assertStringIncludes(first ?? "", "continuing with account 2");
    assertStringIncludes(second ?? "", "account 2 is out of quota");
    assertEquals(scene.askedAccounts(), [1, 2]);
  });
}

test("a session of qwen 0.12.0 on the link says how to continue when its account is out of quota", async () => {
  await using scene = await setScene([QUOTA_EXCEEDED, { answer: "no" }]);
  const account = { selectedType: "qwen-oauth", flags: [] };
  await using typist = await openSession(scene, account);
  await typist.answer("Type your message", "hello");
  await typist.answer("hello", "\r");
  await typist.answer("quota exceeded", "");
  assertEquals(await quit(typist), 0);
  const [, limit = "", command = ""] = messagesIn(typist.seen);
  assertStringIncludes(limit, "account 1 is out of quota");
  assertStringIncludes(command, "to continue with account 2");
  const [, id = ""] = /--resume\s+([\da-f-]{36})/.exec(typist.seen) ?? [];
  assertStringIncludes(command, `exec --account 2 -- --resume ${id}`);
});

/** Our messages on the terminal, each on one line. */
function messagesIn(seen: string): string[] {
  return seen.split("account-qwen: ").map((it) => it.replace(/\s+/g, " "));
}

function onceThenNothing(first: Reply): () => Reply {
  let count = 0;
  return () => count++ === 0 ? first : QUOTA_EXCEEDED;
}

async function openSession(
  { home, qwen }: Scene,
  { selectedType, flags }: { selectedType: string; flags: string[] },
): Promise<Typist> {
  const auth = { selectedType, useExternal: true };
  const settings = JSON.stringify({ ...SETTINGS, security: { auth } });
  await Deno.writeTextFile(`${home.dir}/settings.json`, settings);
  return await Typist.start(["exec", ...flags, "--bin", qwen.bin], {
    home: home.path,
    env: { PATH: qwen.path },
  });
}

/** Ends the session; returns the exit code. */
async function quit(typist: Typist): Promise<number> {
  await typist.answer("Type your message", "/quit");
  await typist.answer("/quit", "\r");
  return await typist.end();
}
