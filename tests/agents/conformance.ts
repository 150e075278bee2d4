/**
 * What every agent must do, whatever program it is. `conformance_test.ts` runs
 * these tests for each one.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { realSystem } from "../../lib/system/system.ts";
import { keyVariables } from "../../lib/agents/api_key.ts";
import type { Agent, Keyed } from "../../lib/agents/agent.ts";
import type { ClassifyOptions } from "../../lib/verdict/classify.ts";
import type { Evidence } from "../../lib/verdict/signal.ts";
import type { VerdictKind } from "../../lib/verdict/policy.ts";
import { AgentWrapper } from "../../lib/run/agent_wrapper.ts";
import { Doctor } from "../../lib/doctor/doctor.ts";
import { assertFails } from "../support/assert_fails.ts";
import { tempDir } from "../support/temp_dir.ts";

import "../support/load_libc.ts";

/** An agent, and what the tests must know of it. */
export interface AgentCase {
  /** The agent. */
  agent: Agent;
  /** A process of it. */
  process: {
    args: readonly string[];
    env: Readonly<Record<string, string>>;
    folder: string;
  };
  /** Arguments that set a key of their own, if it has such an option. */
  foreignKey?: readonly string[];
  /** How runs end. */
  ends: readonly { kind: VerdictKind; evidence: Partial<Evidence> }[];
  /**
   * A program that prints the key or the token that it uses, and the prompt; that
   * is out of quota with one that contains `spent`.
   */
  program?: string;
}

const PROMPTS = [
  "Say hello",
  "-y",
  "--help",
  "one\ntwo",
  "héllo 'x' $y",
  "=",
  "mcp",
];

const KEY = {
  apiKey: "sk-secret-1",
  baseUrl: "https://api.example/v1",
  model: "coder",
};

const LOGIN = {
  accessToken: "secret-access-1",
  refreshToken: "secret-refresh-1",
  expiresAt: Date.parse("2126-11-21T08:35:00Z"),
};

const ADDRESS = "https://api.example/v1";

const SECRETS = /secret/;

/** Registers the tests of one agent. */
export function testAgent(it: AgentCase): void {
  const { agent } = it;
  const test = (what: string, run: () => void | Promise<void>) =>
    Deno.test(`${agent.program} ${what}`, run);

  test("has a name that can be a command, and says how to install it", () => {
    assert(/^[a-z][a-z0-9-]*$/.test(agent.program), agent.program);
    const { title, install } = agent.product;
    assert(title && install.latest && install.forLogins);
  });

  test("recognizes its processes and their folders, and no others", () => {
    const { args, env, folder } = it.process;
    assert(agent.processes.isAgent(args));
    assert(!agent.processes.isAgent(["vim", ...args]));
    assert(!agent.processes.isAgent([]));
    assertEquals(agent.processes.foldersOf(env), [folder]);
    assertEquals(agent.processes.foldersOf({}), []);
  });

  for (const prompt of PROMPTS) {
    test(`reads the prompt ${JSON.stringify(prompt)} that it passes`, () => {
      const args = agent.promptArgs(prompt);
      const intent = agent.read(args);
      assertEquals(intent.prompt?.text, prompt);
      // What is left asks for a prompt: the agent reads it on stdin.
      assertEquals(agent.read(intent.prompt?.others ?? []).prompt, undefined);
      assert(!intent.opensSession && !intent.asksNothing && !intent.mayChange);
      assert(!intent.isSubcommand && !intent.converses);
      assertEquals(intent.foreignKey, undefined);
    });
  }

  test("opens a session without arguments", () => {
    const intent = agent.read([]);
    assert(intent.opensSession);
    assertEquals(intent.prompt, undefined);
  });

  if (it.foreignKey) {
    test("finds an option with another key", () => {
      assert(agent.read(it.foreignKey ?? []).foreignKey !== undefined);
    });
  }

  for (const kind of ["oauth", "api-key"] as const) {
    test(`selects ${kind} once, and keeps the prompt`, () => {
      const run = { kind, version: undefined };
      const args = agent.runArgs(agent.promptArgs("Say hello"), run);
      assertEquals(agent.read(args).prompt?.text, "Say hello");
      assertEquals(agent.runArgs(args, run), args);
      assertEquals(agent.read(args).kind ?? kind, kind);
    });
  }

  test("keeps the caller's environment, which stays as it was", () => {
    const env = Object.freeze({ PATH: "/bin", LANG: "C" });
    const given = environmentOf(agent, { env });
    assertEquals({ PATH: given.PATH, LANG: given.LANG }, { ...env });
    assertEquals(environmentOf(agent, { env: given }), given);
  });

  const { keys, login, sessions } = agent;
  if (keys) {
    test("gets its key, and no other, in the environment", () => {
      const variables = keyVariables(KEY, keys.names);
      assert(Object.values(variables).includes(KEY.apiKey));
      const foreign = Object.keys(variables).map((name) => [name, "foreign"]);
      const env = Object.fromEntries(foreign);
      const given = environmentOf(agent, { env, key: KEY });
      assert(!Object.values(given).includes("foreign"));
      for (const [name, value] of Object.entries(variables)) {
        assertEquals(given[name], value);
        assert(keys.conflicts(name), name);
      }
      assert(!keys.conflicts("PATH"));
    });
  }

  if (login) {
    test("parses the login that it formats", () => {
      const bytes = login.format(LOGIN, ADDRESS);
      assertEquals(login.parse(bytes), LOGIN);
      assertEquals(login.addressOf(bytes)?.href, ADDRESS);
    });

    const whole = login.format(LOGIN, ADDRESS);
    const broken: Record<string, Uint8Array> = {
      "nothing": new Uint8Array(),
      "half of one": whole.subarray(0, whole.length / 2),
      "zeros": new Uint8Array(whole.length),
      "an empty object": new TextEncoder().encode("{}"),
      "a blanked one": login.format(
        { ...LOGIN, accessToken: "", refreshToken: "" },
        ADDRESS,
      ),
    };
    for (const [what, bytes] of Object.entries(broken)) {
      test(`takes ${what} for no login, and quotes nothing`, () => {
        const { message } = assertThrows(() => login.parse(bytes), SyntaxError);
        assert(!SECRETS.test(message), message);
      });
    }

    test("tells its login from what it writes on the way to it", () => {
      assert(!login.isTemporary(login.file));
      assertEquals(agent.homes.roleOf(login.file), "login");
      assert(agent.homes.roleOf(login.lock) !== "shared");
    });
  }

  test("can have a home of its own", () => {
    const variables = agent.homes.variables("/run/home");
    assertEquals(agent.processes.foldersOf(variables), ["/run/home"]);
    for (const name of agent.homes.folders(undefined)) {
      assertEquals(agent.homes.roleOf(name), "shared");
    }
  });

  if (sessions) {
    test("writes the sessions of a folder below its own", () => {
      assert(
        sessions.folder("/home/me/it", "/work").startsWith("/home/me/it/"),
      );
      assertEquals(sessions.parseLine("not JSON"), undefined);
      assertEquals(sessions.parseLine(""), undefined);
    });

    test("resumes a run with its own prompt, a session without one, and no name", () => {
      const id = crypto.randomUUID();
      const first = agent.promptArgs("Say hello");
      const goOn = { id, version: "999.0.0" };
      const again = sessions.resumeArgs(first, { ...goOn, text: "-- go on" });
      if (!again) return; // it cannot
      const intent = agent.read(again);
      assertEquals(intent.session, { id });
      assertEquals(intent.prompt?.text, "-- go on");
      assert(!intent.opensSession && !intent.mayChange);
      assertEquals(sessions.idArgs(id, again, "999.0.0"), undefined);
      const session = sessions.resumeArgs([], goOn) ?? [];
      assert(agent.read(session).opensSession);
      assertEquals(agent.read(session).session, { id });
      for (const name of ["", "name", "--last"]) {
        assertEquals(
          sessions.resumeArgs(first, { ...goOn, id: name }),
          undefined,
        );
      }
    });

    test("resumes the session whose id it gives", () => {
      const id = crypto.randomUUID();
      const prompt = agent.promptArgs("Say hello");
      const args = sessions.idArgs(id, prompt, "999.0.0");
      if (!args) return; // it has no such option
      assertEquals(agent.read([...args, ...prompt]).session, { id });
      assertEquals(
        sessions.idArgs(id, [...args, ...prompt], "999.0.0"),
        undefined,
      );
    });
  }

  for (const { kind, evidence } of it.ends) {
    test(`says ${kind} of ${JSON.stringify(evidence)}`, () => {
      const whole = { exitCode: 0, timedOut: false, stdout: "", stderr: "" };
      const verdict = agent.output.classify({ ...whole, ...evidence }, {});
      assertEquals(verdict.kind, kind);
      assert(!SECRETS.test(verdict.evidence), verdict.evidence);
    });
  }

  const kindOf = (evidence: Partial<Evidence>, options: ClassifyOptions) => {
    const run = { exitCode: 1, timedOut: false, stdout: "", stderr: "" };
    return agent.output.classify({ ...run, ...evidence }, options).kind;
  };
  const stderr = "we are gone fishing\n";
  const stdout = "gone fishing\nis a phrase\n";

  test("judges stderr by the rules of the user, but no answer", () => {
    const options: ClassifyOptions = {
      rules: [{ text: "gone fishing", verdict: "quota" }],
    };
    assertEquals(kindOf({ stderr }, options), "quota");
    assertEquals(kindOf({ exitCode: 0, stdout }, options), "ok");
    assertEquals(kindOf({ stdout }, options), "failed");
  });

  test("judges stderr by the patterns of the user", () => {
    const options = { quotaPatterns: ["gone fishing"] };
    assertEquals(kindOf({ stderr }, options), "quota");
    assertEquals(kindOf({ exitCode: 0, stdout }, options), "ok");
  });

  test("says timeout of a run that was ended", () => {
    const evidence = { exitCode: 143, timedOut: true, stdout: "", stderr: "" };
    assertEquals(agent.output.classify(evidence, {}).kind, "timeout");
  });

  if (it.program !== undefined && keys) {
    testRuns({ ...agent, keys }, it.program);
    if (!login) testKeysAlone({ ...agent, keys }, it.program);
  }
}

function environmentOf(
  agent: Agent,
  { env, key }: {
    env: Readonly<Record<string, string>>;
    key?: typeof KEY;
  },
): Record<string, string> {
  return agent.environment({
    env,
    dir: "/home/me/it",
    totalMemory: 2 ** 33,
    interactive: false,
    key,
  });
}

/** Registers the tests that run a program. */
function testRuns(agent: Keyed<Agent>, bin: string): void {
  const kinds = agent.login ? ["key", "login"] as const : ["key"] as const;
  for (const kind of kinds) {
    Deno.test(`${agent.program} answers with the second ${kind} when the first is spent`, async () => {
      await using dir = await tempDir();
      const wrapper = await wrapperOf(agent, { bin, dir: dir.path });
      await add(agent, wrapper, { kind, secret: "spent-1" });
      await add(agent, wrapper, { kind, secret: "good-2" });
      await wrapper.accounts.switchTo(1);
      const result = await wrapper.call("Say hello", { mode: "link" });
      assertEquals(result.error, undefined);
      assertEquals(result.output, "good-2: Say hello\n");
      assertEquals(result.accountsTried, [1, 2]);
      const { currentIndex } = await wrapper.accounts.getStats();
      assertEquals(currentIndex, 2);
    });

    Deno.test(`${agent.program} says that every ${kind} is spent`, async () => {
      await using dir = await tempDir();
      const wrapper = await wrapperOf(agent, { bin, dir: dir.path });
      await add(agent, wrapper, { kind, secret: "spent-1" });
      await add(agent, wrapper, { kind, secret: "spent-2" });
      const result = await wrapper.call("Say hello", { mode: "link" });
      assertEquals(result.success, false);
      assertEquals(result.verdict, "quota");
      assertEquals(result.output, "");
      const again = await wrapper.call("Say hello", { mode: "link" });
      assertEquals(again.attempts, 0);
    });
  }
}

/** Registers the tests of an agent whose accounts have keys alone. */
function testKeysAlone(agent: Keyed<Agent>, bin: string): void {
  Deno.test(`${agent.program} refuses the file of a login`, async () => {
    await using dir = await tempDir();
    const wrapper = await wrapperOf(agent, { bin, dir: dir.path });
    await assertFails(
      () => add(agent, wrapper, { kind: "login", secret: "good-1" }),
      "no-link",
    );
  });

  Deno.test(`${agent.program} has all that is ours in accounts/ of its home`, async () => {
    await using dir = await tempDir();
    const wrapper = await wrapperOf(agent, { bin, dir: dir.path });
    await add(agent, wrapper, { kind: "key", secret: "good-1" });
    await wrapper.call("Say hello", { mode: "link" });
    const home = `${dir.path}/${agent.homes.name}`;
    const ofAgent = agent.homes.folders(undefined);
    const ours = (await namesIn(home)).filter((it) => !ofAgent.includes(it));
    assertEquals(ours, ["accounts"]);
    const names = await namesIn(`${home}/accounts`);
    for (const name of ["api_key_1.env", "rotation.log", "state.yaml"]) {
      assert(names.includes(name), names.join(" "));
    }
    const state = await Deno.readTextFile(`${home}/accounts/state.yaml`);
    assertMatch(state, new RegExp(`^agent: ${agent.program}$`, "m"));
    const key = await Deno.readTextFile(`${home}/accounts/api_key_1.env`);
    assertStringIncludes(key, `${agent.keys.names.apiKey}=`);
  });

  Deno.test(`${agent.program} has accounts in which doctor finds no fault`, async () => {
    await using dir = await tempDir();
    const { accounts } = await wrapperOf(agent, { bin, dir: dir.path });
    await add(agent, { accounts }, { kind: "key", secret: "good-1" });
    assertEquals(await new Doctor(accounts.options).examine(), []);
  });
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return names.toSorted();
}

/** A wrapper of an agent, without accounts yet. */
async function wrapperOf(
  agent: Keyed<Agent>,
  { bin, dir }: { bin: string; dir: string },
): Promise<AgentWrapper> {
  await Deno.mkdir(`${dir}/${agent.homes.name}`, { mode: 0o700 });
  const env = (name: string) => name === "HOME" ? dir : undefined;
  return new AgentWrapper({ agent, bin, system: { ...realSystem, env } });
}

async function add(
  agent: Keyed<Agent>,
  { accounts }: Pick<AgentWrapper, "accounts">,
  { kind, secret }: { kind: "key" | "login"; secret: string },
): Promise<void> {
  if (kind === "key") {
    const baseUrl = `https://${secret}.example/v1`;
    await accounts.addKey({ apiKey: secret, baseUrl, model: "coder" });
    return;
  }
  const login = { ...LOGIN, accessToken: secret, refreshToken: `${secret}-r` };
  const path = `${accounts.layout.home}/${secret}.file`;
  const bytes = agent.login?.format(login, ADDRESS) ??
    new TextEncoder().encode(JSON.stringify(login));
  await Deno.writeFile(path, bytes, { mode: 0o600 });
  await accounts.addAccount(path);
}
