import "../../support/load_libc.ts";
import { assertEquals } from "@std/assert";
import { makeLoginArena } from "./login_arena.ts";
import { checkLogins } from "./login_invariants.ts";

for (
  const [when, keyCommitsAt, expected] of [
    ["at the same time", 14, 0],
    ["one after the other", 11, 1],
  ] as const
) {
  Deno.test(`checkLogins() finds ${expected} wrong places when two plain processes wrote a file ${when}`, async () => {
    await using arena = await makeLoginArena({
      agent: "codex",
      version: "0.100.0",
      owners: ["anna"],
    });
    const { refresh } = arena.service.book.login("carla");
    const { plain: path } = arena;
    Deno.writeTextFileSync(`${arena.accounts}/1/auth.json`, `{}${refresh}`);
    const key = { actor: "plain 0, login --with-api-key", pid: 1, path };
    const login = { actor: "plain 1, login", pid: 2, path, token: refresh };
    const notes = [
      { ...key, act: "writes", at: 10 },
      { ...key, act: "commits", at: keyCommitsAt },
      { ...login, act: "writes", at: 12 },
      { ...login, act: "commits", at: 13 },
    ].map((it) => `${JSON.stringify({ command: "login", ...it })}\n`);
    Deno.writeTextFileSync(arena.notes, notes.join(""));
    const owners = new Map([[1, "anna@workspace-1"]]);
    const { violations } = checkLogins(arena, {
      owners,
      plain: 1,
      since: [],
    });
    assertEquals(violations.wrongPlaces.length, expected);
  });
}
