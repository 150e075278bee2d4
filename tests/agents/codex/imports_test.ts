import { assertEquals } from "@std/assert";
import { homeLogin } from "../../../lib/agents/codex/login.ts";

const HOME = "/home/anna";

const { imports } = homeLogin;

function filesFor(env: Record<string, string>): Record<string, string[]> {
  const stores = imports.stores({ home: HOME, env });
  const byProgram = Map.groupBy(stores, (it) => it.program);
  return Object.fromEntries(
    byProgram.entries().map(([name, all]) => [name, all.map((it) => it.files)]),
  );
}

Deno.test("codex: other programs keep logins in their usual folders", () => {
  assertEquals(filesFor({}), {
    "codex-auth": [`${HOME}/.codex/accounts/*.auth.json`],
    "caam": [
      `${HOME}/.local/share/caam/vault/codex/*/auth.json`,
      `${HOME}/.local/share/caam/profiles/codex/*/codex_home/auth.json`,
    ],
    "ccs": [`${HOME}/.ccs/codex-instances/*/auth.json`],
    "claude-swap": [
      `${HOME}/.local/share/claude-swap/codex/credentials/*.json`,
      `${HOME}/.claude-swap-backup/codex/credentials/*.json`,
    ],
  });
});

Deno.test("codex: variables of other programs move their folders", () => {
  const files = filesFor({
    CODEX_HOME: "/codex/",
    CAAM_HOME: "/caam",
    CCS_HOME: "/ccs",
    XDG_DATA_HOME: "/data/",
  });
  assertEquals(files["codex-auth"], ["/codex/accounts/*.auth.json"]);
  assertEquals(files.caam?.[0], "/caam/data/vault/codex/*/auth.json");
  assertEquals(files.ccs, ["/ccs/.ccs/codex-instances/*/auth.json"]);
  assertEquals(
    files["claude-swap"]?.[0],
    "/data/claude-swap/codex/credentials/*.json",
  );
});

Deno.test("codex: a login is recognized by its refresh token", () => {
  const token = (content: unknown) =>
    imports.refreshToken(new TextEncoder().encode(JSON.stringify(content)));
  assertEquals(token({ tokens: { refresh_token: "r-1" } }), "r-1");
  assertEquals(token({ tokens: { refresh_token: "" } }), undefined);
  assertEquals(token({ OPENAI_API_KEY: "sk-1" }), undefined);
});
