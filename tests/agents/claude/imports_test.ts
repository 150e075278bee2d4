import { assertEquals } from "@std/assert";
import { imports } from "../../../lib/agents/claude/imports.ts";

const HOME = "/home/anna";
const LOGIN = JSON.stringify({
  claudeAiOauth: { accessToken: "a-1", refreshToken: "r-1" },
});

const toBytes = (text: string) => new TextEncoder().encode(text);

Deno.test("claude: other programs keep logins in their usual folders", () => {
  const swap = (root: string) => [
    `${HOME}/${root}/credentials/.creds-*.enc`,
    `${HOME}/${root}/sessions/*/.credentials.json`,
  ];
  const profiles = `${HOME}/.local/share/caam/profiles/claude/*`;
  assertEquals(
    imports.stores({ home: HOME, env: {} }).map((it) => it.files),
    [
      ...swap(".local/share/claude-swap"),
      ...swap(".claude-swap-backup"),
      `${HOME}/.local/share/caam/vault/claude/*/.credentials.json`,
      `${profiles}/xdg_config/claude-code/.credentials.json`,
      `${profiles}/home/.claude/.credentials.json`,
      `${HOME}/.ccs/instances/*/.credentials.json`,
    ],
  );
});

Deno.test("claude: a relative XDG_DATA_HOME does not count, CCS_DIR does", () => {
  const env = { XDG_DATA_HOME: "data", CCS_DIR: "/ccs" };
  const files = imports.stores({ home: HOME, env }).map((it) => it.files);
  assertEquals(files[0]?.startsWith(`${HOME}/.local/share/`), true);
  assertEquals(files.at(-1), "/ccs/instances/*/.credentials.json");
});

Deno.test("claude: the name of a file in a store is shown masked", () => {
  const [swap, , , , caam] = imports.stores({ home: HOME, env: {} });
  assertEquals(swap?.describe?.("2-anna@example.com"), "a…@example.com");
  assertEquals(caam?.describe?.("ben@example.com"), "b…@example.com");
  assertEquals(caam?.describe?.("work"), "work");
});

const DECODED: Readonly<Record<string, [stored: string, decoded: string]>> = {
  "base64": [btoa(LOGIN), LOGIN],
  "base64 with a newline": [`${btoa(LOGIN)}\n`, LOGIN],
  "the file of the agent": [LOGIN, LOGIN],
  "an unknown text": ["abcde", "abcde"],
  "nothing": ["", ""],
};

for (const [what, [stored, decoded]] of Object.entries(DECODED)) {
  Deno.test(`claude: decode() reads ${what}`, () => {
    const bytes = imports.decode(toBytes(stored));
    assertEquals(new TextDecoder().decode(bytes), decoded);
  });
}

Deno.test("claude: a login is recognized by its refresh token", () => {
  assertEquals(imports.refreshToken(toBytes(LOGIN)), "r-1");
  assertEquals(imports.refreshToken(toBytes("{}")), undefined);
});
