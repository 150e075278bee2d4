import { assert, assertEquals, assertMatch } from "@std/assert";
import { apiKey } from "../support/account_folder.ts";
import { runCli } from "../support/cli.ts";
import { refreshToken, testHome } from "../support/home.ts";
import { processesOf } from "../support/processes.ts";
import { QUOTA_EXCEEDED } from "../support/service.ts";
import { setScene } from "../support/scene.ts";
import { tempDir } from "../support/temp_dir.ts";
import { tokenServer } from "../support/token_server.ts";
import { keyScene } from "../run/key_scene.ts";

/** A case for `account-qwen`, which is called by `command`. */
export type ProgramCase = (command: readonly string[]) => Promise<void>;

/** The answer of a service. */
export const ANSWER = "The capital of France is Paris.";

/** No request to this machine may go through it. */
const DEAD_PROXY = { HTTP_PROXY: "http://127.0.0.1:9" };

/** What each form of `account-qwen` does over the network by its own client. */
export const NETWORK_CASES: Readonly<Record<string, ProgramCase>> = {
  async "sends a large request to the next key in flight"(command) {
    await using scene = await keyScene([QUOTA_EXCEEDED, { answer: ANSWER }]);
    const stdin = "line of a file\n".repeat(100_000);
    const args = ["exec", "--bin", scene.bin, "--", "Which city?"];
    const { code, stdout, stderr } = await runCli(args, {
      home: scene.home.path,
      command,
      stdin,
    });
    const printed = { code: 0, stdout: `${ANSWER}\n` };
    assertEquals({ code, stdout }, printed, stderr);
    assertMatch(
      stderr,
      /account 1 is out of quota.*: continuing with account 2/,
    );
    const { requests } = scene.service;
    assertEquals(requests.map((it) => it.token), [apiKey(1), apiKey(2)]);
    assert(requests.every((it) => it.prompt.endsWith(stdin)), "all of stdin");
  },

  async "continues with the next key while the real qwen 0.24.4 runs"(command) {
    const replies = [QUOTA_EXCEEDED, { answer: ANSWER }];
    const options = { version: "0.24.4", keys: [1, 2] };
    await using scene = await setScene(replies, options);
    const { code, stdout, stderr } = await scene.exec(["--", "Which city?"], {
      command,
      env: DEAD_PROXY,
    });
    assertEquals({ code, stdout: stdout.trim() }, { code: 0, stdout: ANSWER });
    assertMatch(
      stderr,
      /account 1 is out of quota.*: continuing with account 2/,
    );
    assertEquals(scene.askedAccounts(), [1, 2]);
    assertEquals(await processesOf(scene.home.path), []);
  },

  async "continues with the next login behind the real qwen 0.24.4"(command) {
    const replies = [QUOTA_EXCEEDED, { answer: ANSWER }];
    await using scene = await setScene(replies, { version: "0.24.4" });
    const args = ["--mode=gateway", "--", "Which city?"];
    const { code, stdout } = await scene.exec(args, { command });
    assertEquals({ code, stdout: stdout.trim() }, { code: 0, stdout: ANSWER });
    assertEquals(scene.askedAccounts(), [1, 2]);
  },

  async "logs in past a proxy"(command) {
    await using home = await tempDir();
    await using server = tokenServer();
    const { code, stdout, stderr } = await runCli(["login", "--no-browser"], {
      home: home.path,
      command,
      env: { ACCOUNT_QWEN_OAUTH_URL: server.url, ...DEAD_PROXY },
    });
    const says = "qwen (account 1) is logged in and active\n";
    assertEquals({ code, stdout }, { code: 0, stdout: says }, stderr);
  },

  async "gets new tokens past a proxy"(command) {
    await using home = await testHome({ accounts: 1, baseUrl: "" });
    await using server = tokenServer();
    const { code, stdout, stderr } = await runCli(["refresh"], {
      home: home.path,
      command,
      env: { ACCOUNT_QWEN_OAUTH_URL: server.url, ...DEAD_PROXY },
    });
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertMatch(stdout, /^account 1 is refreshed: /);
    assertEquals(server.sent, [refreshToken(1)]);
  },

  async "says why a login is not possible"(command) {
    await using home = await testHome({ accounts: 1, baseUrl: "" });
    const { code, stderr } = await runCli(["refresh"], {
      home: home.path,
      command,
      env: { ACCOUNT_QWEN_OAUTH_URL: "https://login.invalid" },
    });
    assertEquals(code, 1);
    assertMatch(stderr, /"login\.invalid" cannot be reached: its name is not/);
  },
};
