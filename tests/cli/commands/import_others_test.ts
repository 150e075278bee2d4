import { assertEquals, assertStringIncludes } from "@std/assert";
import { accountQwen, runCli, type RunResult } from "../../support/cli.ts";
import { exists } from "../../support/exists.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";
import { Typist } from "../../support/typist.ts";

const LATE = 4_102_444_800;

/** Returns a login of a member of a workspace, as `codex` keeps it. */
function ofCodex(person: string, token = person, expires = LATE): string {
  const idToken = jwtOf({
    email: `${person}@example.com`,
    "https://api.openai.com/auth": {
      chatgpt_account_id: "workspace-1",
      chatgpt_user_id: person,
    },
  });
  return JSON.stringify({
    auth_mode: "chatgpt",
    OPENAI_API_KEY: null,
    tokens: {
      id_token: idToken,
      access_token: jwtOf({ exp: expires }),
      refresh_token: `refresh-${token}`,
      account_id: "workspace-1",
    },
    last_refresh: "2026-11-29T04:00:00Z",
  });
}

function jwtOf(claims: unknown): string {
  const part = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value))
      .toBase64({ alphabet: "base64url", omitPadding: true });
  return `${part({ alg: "none" })}.${part(claims)}.${part("signature")}`;
}

/** Returns a login as `claude` keeps it. */
function ofClaude(person: string, ids: object = idsOf(person)): string {
  const claudeAiOauth = {
    accessToken: `sk-ant-oat01-${person}`,
    refreshToken: `sk-ant-ort01-${person}`,
    expiresAt: LATE * 1_000,
    ...ids,
  };
  return JSON.stringify({ claudeAiOauth });
}

function idsOf(person: string) {
  return { accountUuid: person, organizationUuid: "org-1" };
}

const SWAP = ".local/share/claude-swap/credentials";
const CAAM = ".local/share/caam/vault/codex";

function call(
  home: TempDir,
  agent: string,
  ...args: string[]
): Promise<RunResult> {
  return runCli(["--cli", agent, ...args], {
    home: home.path,
    command: accountQwen(),
  });
}

async function write(home: TempDir, name: string, text: string): Promise<void> {
  const path = `${home.path}/${name}`;
  await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.writeTextFile(path, text, { mode: 0o600 });
}

Deno.test("import of codex moves the logins of other programs, the newest of each account", async () => {
  await using home = await tempDir();
  await write(home, ".codex/auth.json", ofCodex("anna", "anna-2"));
  await write(
    home,
    ".codex/accounts/anna.auth.json",
    ofCodex("anna", "anna-1", LATE - 60),
  );
  await write(home, ".codex/accounts/ben.auth.json", ofCodex("ben"));
  await write(home, `${CAAM}/office/auth.json`, ofCodex("cleo"));
  await write(home, `${CAAM}/_original/auth.json`, ofCodex("cleo"));
  const before = await call(home, "codex", "import");
  assertEquals(before.code, 1);
  assertStringIncludes(before.stdout, "account-qwen --cli codex import --yes");
  assertEquals(await exists(`${home.path}/.codex/accounts/1`), false);
  const { code, stdout, stderr } = await call(home, "codex", "import", "--yes");
  assertEquals(code, 0, stderr);
  assertEquals(stdout.split("\n"), [
    "the login of plain codex is now codex (account 1)",
    "codex-auth: b…@example.com in ~/.codex/accounts/*.auth.json is now " +
    "codex-2 (account 2)",
    `caam: c…@example.com in ~/${CAAM}/*/auth.json is now codex-3 (account 3)`,
    `caam: c…@example.com in ~/${CAAM}/*/auth.json was a copy of the login of ` +
    "codex-3 (account 3); it is removed",
    "codex-auth: a…@example.com in ~/.codex/accounts/*.auth.json is older " +
    "than that of codex (account 1); it is in the stash now",
    "",
  ]);
  assertEquals(
    await Deno.readTextFile(`${home.path}/.codex/accounts/2/auth.json`),
    ofCodex("ben"),
  );
  for (
    const name of [".codex/accounts/ben.auth.json", `${CAAM}/office/auth.json`]
  ) {
    assertEquals(await exists(`${home.path}/${name}`), false);
  }
});

Deno.test("import --dry-run of claude moves nothing", async () => {
  await using home = await tempDir();
  const path = `${SWAP}/.creds-2-ben@example.com.enc`;
  await write(home, path, btoa(ofClaude("ben")));
  const { code, stdout } = await call(home, "claude", "import", "--dry-run");
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: `claude-swap: b…@example.com in ~/${SWAP}/.creds-*.enc would be ` +
      "a new account\n",
  });
  assertEquals(await exists(`${home.path}/${path}`), true);
});

for (const answer of ["y", "n"]) {
  Deno.test(`import of claude asks before it moves a login: ${answer}`, async () => {
    await using home = await tempDir();
    const path = `${SWAP}/.creds-2-ben@example.com.enc`;
    await write(home, path, btoa(ofClaude("ben")));
    await using typist = await Typist.start(["--cli", "claude", "import"], {
      home: home.path,
    });
    await typist.answer("claude-swap cannot use it afterwards", "");
    await typist.answer("Move this login? [y/N]", `${answer}\n`);
    assertEquals(await typist.end(), 0);
    const isMoved = answer === "y";
    assertEquals(await exists(`${home.path}/${path}`), !isMoved);
    const login = `${home.path}/.claude/accounts/1/.credentials.json`;
    assertEquals(await exists(login), isMoved);
  });
}

Deno.test("setup shows the logins of other programs, and how to import them", async () => {
  await using home = await tempDir();
  await write(home, `${CAAM}/office/auth.json`, ofCodex("cleo"));
  const { code, stdout } = await call(home, "codex", "setup");
  assertEquals(code, 4);
  assertStringIncludes(
    stdout,
    "Found, and not added yet:\n" +
      `  caam: c…@example.com in ~/${CAAM}/*/auth.json would be a new account\n` +
      "To add what was found: account-qwen --cli codex import --yes\n",
  );
  assertEquals(await exists(`${home.path}/${CAAM}/office/auth.json`), true);
});

for (const answer of ["y", "n"]) {
  Deno.test(`setup on a terminal offers the logins of other programs: ${answer}`, async () => {
    await using home = await tempDir();
    const path = `${SWAP}/.creds-2-ben@example.com.enc`;
    await write(home, path, btoa(ofClaude("ben")));
    await using typist = await Typist.start(["--cli", "claude", "setup"], {
      home: home.path,
    });
    await typist.answer("claude-swap cannot use it afterwards", "");
    await typist.answer("Move this login? [y/N]", `${answer}\n`);
    const isMoved = answer === "y";
    if (isMoved) await typist.answer("Label [claude]:", "ben\n");
    await typist.answer("What next?", "done\n");
    assertEquals(await typist.end(), isMoved ? 0 : 4);
    assertEquals(await exists(`${home.path}/${path}`), !isMoved);
    const login = `${home.path}/.claude/accounts/1/.credentials.json`;
    assertEquals(await exists(login), isMoved);
  });
}

Deno.test("import of claude names an account after its profile of ccs", async () => {
  await using home = await tempDir();
  await write(home, ".ccs/instances/office/.credentials.json", ofClaude("dan"));
  const { code, stdout } = await call(home, "claude", "import", "--yes");
  assertEquals({ code, stdout }, {
    code: 0,
    stdout:
      "ccs: office in ~/.ccs/instances/*/.credentials.json is now office " +
      "(account 1)\n",
  });
});

Deno.test("import of claude leaves a login without an owner where it is", async () => {
  await using home = await tempDir();
  const path = ".ccs/instances/office/.credentials.json";
  await write(home, path, ofClaude("dan", {}));
  const { code, stdout } = await call(home, "claude", "import", "--yes");
  assertEquals({ code, stdout }, {
    code: 1,
    stdout:
      "ccs: office in ~/.ccs/instances/*/.credentials.json does not say " +
      "whose it is\n",
  });
  assertEquals(await exists(`${home.path}/${path}`), true);
});

Deno.test("import of codex moves no login out of a home in which codex runs", async () => {
  await using home = await tempDir();
  const folder = `${home.path}/.ccs/codex-instances/office`;
  await write(home, ".ccs/codex-instances/office/auth.json", ofCodex("ben"));
  // It waits for the end of its stdin; only its name and its home matter.
  const program = `${home.path}/codex`;
  await Deno.symlink("/bin/cat", program);
  await using codex = new Deno.Command(program, {
    env: { CODEX_HOME: folder },
    stdin: "piped",
    stdout: "null",
  }).spawn();
  const { code, stdout } = await call(home, "codex", "import", "--yes");
  await codex.stdin.close();
  assertEquals({ code, stdout }, {
    code: 1,
    stdout: "Cannot import the login of ccs: codex is running in " +
      `"${folder}"\n`,
  });
  assertEquals(await exists(`${folder}/auth.json`), true);
});
