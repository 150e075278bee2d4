import { assertEquals } from "@std/assert";
import { homeLogin as claude } from "../../../lib/agents/claude/login.ts";
import { homeLogin as codex } from "../../../lib/agents/codex/login.ts";
import {
  moveIn,
  settleHomeLogins,
  switchPlain,
} from "../../../lib/vault/home_logins/home_logins.ts";
import { accountsOf, homeScene } from "./home_scene.ts";

/** A file of claude; its own MCP logins belong to no account. */
function ofClaude(person: string, others: object = {}): string {
  const claudeAiOauth = {
    accessToken: `sk-ant-oat01-${person}`,
    refreshToken: `sk-ant-ort01-${person}`,
    expiresAt: 2e12,
    accountUuid: person,
    organizationUuid: "org-1",
  };
  return JSON.stringify({ claudeAiOauth, ...others }, null, 2);
}

/** A file of codex with the login of a member of a workspace. */
function ofCodex(
  person: string,
  { exp, refreshed = "2026-11-29T04:00:00Z" }: {
    exp?: number;
    refreshed?: string;
  } = {},
): string {
  const claims = {
    "https://api.openai.com/auth": {
      chatgpt_account_id: "workspace-1",
      chatgpt_user_id: person,
    },
  };
  return JSON.stringify({
    auth_mode: "chatgpt",
    OPENAI_API_KEY: null,
    tokens: {
      id_token: jwtOf(claims),
      access_token: exp === undefined ? `access-${person}` : jwtOf({ exp }),
      refresh_token: `refresh-${person}`,
      account_id: "workspace-1",
    },
    last_refresh: refreshed,
  });
}

function jwtOf(claims: unknown): string {
  return `e30.${btoa(JSON.stringify(claims)).replace(/=+$/, "")}.x`;
}

Deno.test("claude: a switch exchanges two logins, and its MCP logins stay", async () => {
  const mcp = { mcpOAuth: { "server|1": { accessToken: "mcp-1" } } };
  await using scene = await homeScene(claude);
  const other = `accounts/1/${claude.file}`;
  scene.write(claude.file, ofClaude("anna", mcp));
  scene.write(other, ofClaude("ben"));
  await scene.settle();
  await scene.keep(moveIn(scene.place, scene.call()));
  assertEquals(scene.record.plain, 2);
  await scene.keep(switchPlain(scene.place, { ...scene.call(), index: 1 }));
  const [plain = {}, left = {}] = [
    scene.place.plain,
    `${scene.place.accounts}/2/${claude.file}`,
  ].map((it) => JSON.parse(Deno.readTextFileSync(it)));
  assertEquals(plain.claudeAiOauth.accountUuid, "ben");
  assertEquals(plain.mcpOAuth, mcp.mcpOAuth);
  assertEquals(left, { claudeAiOauth: left.claudeAiOauth });
  assertEquals(left.claudeAiOauth.accountUuid, "anna");
});

Deno.test("codex: a key that it writes through the link gets an account of its own", async () => {
  await using scene = await homeScene(codex);
  scene.write(codex.file, ofCodex("anna"));
  await scene.keep(moveIn(scene.place, scene.call()));
  const key = { auth_mode: "apikey", OPENAI_API_KEY: "sk-proj-0123456789" };
  scene.write(codex.file, JSON.stringify(key));
  await scene.keep(settleHomeLogins(scene.place, scene.call()));
  const accounts = await accountsOf(scene);
  const kinds = accounts.map(({ login, isPlain }) => [
    "problem" in login ? "none" : login.kind,
    isPlain,
  ]);
  assertEquals(kinds, [["none", false], ["api-key", true]]);
});

Deno.test("codex: two members of one workspace are two accounts", async () => {
  await using scene = await homeScene(codex);
  scene.write(codex.file, ofCodex("anna"));
  await scene.keep(moveIn(scene.place, scene.call()));
  await Deno.remove(scene.place.plain);
  scene.write(codex.file, ofCodex("ben"));
  await scene.settle();
  assertEquals(scene.record.plain, 2);
  assertEquals(await Deno.readLink(scene.place.plain), "accounts/2/auth.json");
});

Deno.test("codex: of two logins of an account, the one that was granted later is used", async () => {
  const earlier = ofCodex("anna", { exp: 4_102_444_800 });
  const later = ofCodex("anna", {
    exp: 1_800_000_000,
    refreshed: "2026-11-30T04:00:00Z",
  });
  for (const [first, second] of [[earlier, later], [later, earlier]]) {
    await using scene = await homeScene(codex);
    scene.write(codex.file, `${first}`);
    await scene.keep(moveIn(scene.place, scene.call()));
    await Deno.remove(scene.place.plain);
    scene.write(codex.file, `${second}`);
    await scene.settle();
    assertEquals(await Deno.readTextFile(scene.place.plain), later);
  }
});
