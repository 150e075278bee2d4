import { assertEquals, assertMatch } from "@std/assert";
import { CHECKOUT } from "../support/checkout.ts";
import { runCli, type RunResult } from "../support/cli.ts";
import {
  accessToken,
  refreshToken,
  type TestHome,
  testHome,
} from "../support/home.ts";
import {
  type Service,
  type ServiceOptions,
  startService,
} from "../support/service.ts";
import { realQwen } from "../support/real_qwen.ts";

const PROMPT = "What is the capital of France?";
const ANSWER = { answer: "The capital of France is Paris." };
const REFUSED = { status: 401, body: { error: { message: "Expired." } } };

const REFRESHED = "refreshed-access-token-1";

/**
 * A refresh token can be used once: it is exchanged for `REFRESHED` and
 * another.
 */
const OAUTH = { refresh: { [refreshToken(1)]: REFRESHED } };

Deno.test("exec puts both new tokens into the slot when qwen refreshes an expired one", async () => {
  await using scene = await setScene({ [REFRESHED]: ANSWER });
  await setEnd(scene.home.slot(1), -60_000);
  const { code, stdout } = await scene.exec("--", PROMPT);
  assertEquals({ code, stdout }, { code: 0, stdout: ANSWER.answer });
  assertEquals(await tokensIn(scene.home.slot(1)), [
    REFRESHED,
    `${refreshToken(1)}-next`,
  ]);
});

Deno.test("exec puts our link back when qwen has replaced it by a refresh", async () => {
  await using scene = await setScene({ [REFRESHED]: ANSWER });
  await setEnd(scene.home.slot(1), -60_000);
  await scene.exec("--", PROMPT);
  assertEquals(await scene.home.link(), "accounts/oauth_creds_1.json");
});

Deno.test("exec uses the new tokens when an earlier one has refreshed", async () => {
  await using scene = await setScene({ [REFRESHED]: ANSWER });
  await setEnd(scene.home.slot(1), -60_000);
  await scene.exec("--", PROMPT);
  const { code, stdout } = await scene.exec("--", PROMPT);
  assertEquals({ code, stdout }, { code: 0, stdout: ANSWER.answer });
  const tokens = scene.service.requests.map((it) => it.token);
  assertEquals(tokens, [REFRESHED, REFRESHED]);
  assertEquals(scene.service.oauthRequests.length, 1);
});

Deno.test("exec keeps the previous login as a generation when qwen refreshes", async () => {
  await using scene = await setScene({ [REFRESHED]: ANSWER });
  await setEnd(scene.home.slot(1), -60_000);
  await scene.exec("--", PROMPT);
  const { stdout } = await runCli(["restore", "1"], { home: scene.home.path });
  assertMatch(stdout, /^account 1 now has the login from /);
  const tokens = await tokensIn(scene.home.slot(1));
  assertEquals(tokens, [accessToken(1), refreshToken(1)]);
});

Deno.test("exec puts the tokens of account 1 into slot 1 when qwen refreshes after a switch to 2", async () => {
  const switched: string[] = [];
  await using scene = await setScene({
    [accessToken(1)]: () => {
      if (switched.length === 0) switched.push(switchTo2(scene.home));
      return REFUSED;
    },
    [REFRESHED]: ANSWER,
    [accessToken(2)]: { answer: "account 2 answered" },
  });
  await setEnd(scene.home.slot(1), 1_800_000);
  const before = await tokensIn(scene.home.slot(2));
  const { code, stdout } = await scene.exec("--", PROMPT);
  assertEquals(switched, ["account 2 is active now\n"]);
  assertEquals({ code, stdout }, { code: 0, stdout: ANSWER.answer });
  assertEquals(await tokensIn(scene.home.slot(2)), before);
  assertEquals(await tokensIn(scene.home.slot(1)), [
    REFRESHED,
    `${refreshToken(1)}-next`,
  ]);
  assertEquals(await scene.home.link(), "accounts/oauth_creds_2.json");
});

interface Scene extends AsyncDisposable {
  service: Service;
  home: TestHome;
  exec(...args: string[]): Promise<RunResult>;
}

/** Two accounts, a service that gives `replies`, and the real `qwen`. */
async function setScene(replies: ServiceOptions["replies"]): Promise<Scene> {
  const qwen = await realQwen();
  await using owned = new AsyncDisposableStack();
  const service = owned.use(startService({ replies, oauth: OAUTH }));
  const { baseUrl } = service;
  const home = owned.use(await testHome({ accounts: 2, baseUrl }));
  const disposables = owned.move();
  const env = {
    PATH: qwen.path,
    NODE_OPTIONS: `--require "${CHECKOUT}/tests/fixtures/redirect_oauth.cjs"`,
    TEST_OAUTH_ORIGIN: service.origin,
  };
  return {
    service,
    home,
    exec: (...args) =>
      runCli(["exec", "--bin", qwen.bin, ...args], { home: home.path, env }),
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}

/** Switches to account 2 before anything else happens; returns the output. */
function switchTo2({ path }: TestHome): string {
  const { stdout } = new Deno.Command(Deno.execPath(), {
    args: ["run", "--cached-only", "-A", `${CHECKOUT}/main.ts`, "switch", "2"],
    env: { HOME: path },
  }).outputSync();
  return new TextDecoder().decode(stdout);
}

async function tokensIn(slot: string): Promise<string[]> {
  const { access_token, refresh_token } = JSON.parse(
    await Deno.readTextFile(slot),
  );
  return [access_token, refresh_token];
}

/** Makes the access token expire in `ms`. */
async function setEnd(slot: string, ms: number): Promise<void> {
  const credential = JSON.parse(await Deno.readTextFile(slot));
  const changed = { ...credential, expiry_date: Date.now() + ms };
  await Deno.writeTextFile(slot, JSON.stringify(changed));
}
