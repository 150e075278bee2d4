/**
 * The real `qwen` with OAuth accounts behind the gateway: in its own home, with
 * a login that is valid for one run.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { accessToken, refreshToken } from "../support/home.ts";
import { processTexts, variableIn } from "../support/process_texts.ts";
import { QUOTA_EXCEEDED, type Reply } from "../support/service.ts";
import { type Scene, setScene } from "../support/scene.ts";

const VERSIONS = ["0.12.0", "0.24.4"];

const PROMPT = "What is the capital of France?";
const ANSWER = { answer: "The capital of France is Paris." };
const REFUSED: Reply = {
  status: 401,
  body: { error: { message: "invalid access token or token expired" } },
};

/** 0.24.4 ends an answer with a line break. */
const PRINTED = /^The capital of France is Paris\.\n?$/;

for (const version of VERSIONS) {
  Deno.test(`exec --mode=gateway with qwen ${version} shows no login to qwen`, async () => {
    let home = "";
    const seen: string[] = [];
    const look = (reply: Reply) => () => {
      for (const text of processTexts(home)) {
        seen.push(text);
        const folder = variableIn(text, "QWEN_HOME");
        if (!folder) continue;
        const names = [...Deno.readDirSync(folder)].map((it) => it.name);
        const logins = names.filter((it) => it.startsWith("oauth_creds"));
        assertEquals([logins, names.includes("accounts")], [
          ["oauth_creds.json"],
          false,
        ]);
        seen.push(Deno.readTextFileSync(`${folder}/oauth_creds.json`));
      }
      return reply;
    };
    const replies = [look(QUOTA_EXCEEDED), look(ANSWER)];
    await using scene = await setScene(replies, { version });
    home = scene.home.path;
    const slots = await readSlots(scene);
    const { code, stdout, stderr } = await exec(scene);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, PRINTED);
    const logins = seen.filter((it) => it.startsWith("{"));
    assert(logins.length >= 2, "seen with both accounts");
    for (
      const secret of [1, 2].flatMap((
        it,
      ) => [accessToken(it), refreshToken(it)])
    ) {
      assertEquals(seen.filter((it) => it.includes(secret)), []);
    }
    assertEquals(await readSlots(scene), slots);
    assertEquals(await scene.home.link(), "accounts/oauth_creds_2.json");
    const homes = Deno.readDir(`${scene.home.dir}/accounts/homes`);
    const left = await Array.fromAsync(homes, (it) => it.name);
    assertEquals(left.filter((it) => it !== "lock"), []);
  });

  Deno.test(`exec --mode=gateway with qwen ${version} refreshes a login that is refused, and qwen does not notice`, async () => {
    const granted = accessToken(2);
    await using scene = await setScene([REFUSED, ANSWER], {
      version,
      oauth: { refresh: { [refreshToken(1)]: granted } },
    });
    const { code, stdout, stderr } = await exec(scene);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, PRINTED);
    assertEquals(scene.askedAccounts(), [1, 2]);
    assertEquals(scene.service.oauthRequests.length, 1);
    const slot = JSON.parse(await Deno.readTextFile(scene.home.slot(1)));
    assertEquals([slot.access_token, slot.refresh_token], [
      granted,
      `${refreshToken(1)}-next`,
    ]);
    assertEquals(await scene.home.link(), "accounts/oauth_creds_1.json");
    assertEquals(stderr.includes("account 1"), false);
  });

  Deno.test(`exec --mode=gateway with qwen ${version} says how to renew a login that has expired`, async () => {
    await using scene = await setScene([REFUSED, ANSWER], {
      version,
      oauth: { refresh: {} },
    });
    const { code, stdout, stderr } = await exec(scene);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, PRINTED);
    assertMatch(
      stderr,
      /account 1 .*: continuing with account 2; to log in again: account-qwen login 1\n/,
    );
  });

  Deno.test(`exec --mode=gateway with qwen ${version} keeps sessions in the user's folder`, async () => {
    await using scene = await setScene([ANSWER], { version });
    await exec(scene);
    const folder = `${scene.home.dir}/projects`;
    const [project] = await Array.fromAsync(Deno.readDir(folder));
    const chats = `${folder}/${project?.name}/chats`;
    const names = await Array.fromAsync(Deno.readDir(chats), (it) => it.name);
    assertEquals(names.filter((it) => it.endsWith(".jsonl")).length, 1);
  });
}

function exec(scene: Scene) {
  const url = `${scene.service.origin}/api/v1/oauth2`;
  return scene.exec(["--mode=gateway", "--", PROMPT], {
    env: { ACCOUNT_QWEN_OAUTH_URL: url },
  });
}

function readSlots({ home }: Scene): Promise<string[]> {
  return Promise.all([1, 2].map((it) => Deno.readTextFile(home.slot(it))));
}
