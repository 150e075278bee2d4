import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { CHECKOUT } from "../support/checkout.ts";
import { addKey, call, COMMAND } from "./more_agents.ts";
import { run, type RunResult } from "../support/cli.ts";
import { denoEnv } from "../support/deno_env.ts";
import { exists } from "../support/exists.ts";
import { problemsOf } from "../support/json_schema.ts";
import { tempDir } from "../support/temp_dir.ts";

async function setFile(path: string, text: string): Promise<void> {
  await Deno.mkdir(path.replace(/\/[^/]*$/, ""), {
    recursive: true,
    mode: 0o700,
  });
  await Deno.writeTextFile(path, text, { mode: 0o600 });
}

/** The agent that help is about: its accounts folder is shown. */
function agentIn({ stdout, stderr }: RunResult): string | undefined {
  const [, agent] = /\(default: ~\/\.(\w+)/.exec(stdout) ?? [];
  assert(agent !== undefined, stderr);
  return agent;
}

const CHOICES: Record<string, {
  args?: string[];
  env?: Record<string, string>;
  settings?: string;
  agent: string;
}> = {
  "qwen when nothing says otherwise": { agent: "qwen" },
  "that of --cli before the command": {
    args: ["--cli", "nest", "help", "list"],
    agent: "nest",
  },
  "that of --cli after the command": {
    args: ["list", "--help", "--cli=nest"],
    agent: "nest",
  },
  "that of --cli rather than of the variable": {
    args: ["list", "--help", "--cli", "tiny"],
    env: { ACCOUNT_QWEN_CLI: "nest" },
    agent: "tiny",
  },
  "that of the variable rather than of the setting": {
    env: { ACCOUNT_QWEN_CLI: "nest" },
    settings: "cli: tiny\n",
    agent: "nest",
  },
  "that of the setting": { settings: "cli: tiny\n", agent: "tiny" },
  "qwen when the variable is empty": {
    env: { ACCOUNT_QWEN_CLI: "" },
    agent: "qwen",
  },
  "qwen when the settings are not valid": {
    settings: "cli: [\n",
    agent: "qwen",
  },
  "qwen when --cli is for the agent itself": {
    args: ["exec", "--help", "--", "--cli", "nest"],
    agent: "qwen",
  },
};

for (const [which, { args, env, settings, agent }] of Object.entries(CHOICES)) {
  Deno.test(`account-qwen chooses ${which}`, async () => {
    await using home = await tempDir();
    if (settings !== undefined) {
      await setFile(`${home.path}/.qwen/account-qwen.yaml`, settings);
    }
    const all = args ?? ["list", "--help"];
    const given = { home: home.path, ...(env ? { env } : {}) };
    assertEquals(agentIn(await call(all, given)), agent);
  });
}

for (
  const [called, env, agent] of [
    ["account-nest", { ACCOUNT_QWEN_CLI: "tiny" }, "nest"],
    ["account-qwen", { ACCOUNT_QWEN_CLI: "tiny" }, "tiny"],
    ["account-other", {}, "qwen"],
  ] as const
) {
  Deno.test(`${called} works with the accounts of ${agent}`, async () => {
    await using home = await tempDir();
    const script = `exec -a ${called} "$@"`;
    const result = await run(
      "bash",
      ["-c", script, "bash", ...COMMAND, "list", "--help"],
      { home: home.path, env: { ...await denoEnv(), ...env } },
    );
    assertEquals(agentIn(result), agent);
  });
}

for (
  const [args, env, message] of [
    [["--cli", "nst", "list"], {}, "--cli"],
    [["list"], { ACCOUNT_QWEN_CLI: "nst" }, "ACCOUNT_QWEN_CLI"],
  ] as const
) {
  Deno.test(`an unknown agent in ${message} is a mistake that names the nearest`, async () => {
    await using home = await tempDir();
    const { code, stderr } = await call(args, { home: home.path, env });
    assertEquals(code, 2);
    assertStringIncludes(stderr, `Cannot use ${message}: "nst" is not one of `);
    assertStringIncludes(stderr, 'did you mean "nest"?');
  });
}

Deno.test("an agent without a link has its accounts in accounts/ of its home", async () => {
  await using home = await tempDir();
  await addKey("nest", home.path);
  const accounts = `${home.path}/.nest/accounts`;
  const state = await Deno.readTextFile(`${accounts}/state.yaml`);
  assertMatch(state, /^agent: nest$/m);
  const key = await Deno.readTextFile(`${accounts}/api_key_1.env`);
  assertStringIncludes(key, "TINY_KEY=");
  assertEquals(await exists(`${home.path}/.qwen`), false);
});

Deno.test("the variable of an agent chooses its home", async () => {
  await using home = await tempDir();
  const env = { NEST_HOME: `${home.path}/elsewhere` };
  const { stdout } = await call(["--cli", "nest", "config", "path"], {
    home: home.path,
    env,
  });
  assertEquals(
    stdout,
    `${home.path}/elsewhere/accounts/account-qwen.yaml\n`,
  );
});

for (const [agent, other] of [["nest", "qwen"], ["qwen", "nest"]] as const) {
  Deno.test(`the accounts of ${agent} are refused, and unchanged, for ${other}`, async () => {
    await using home = await tempDir();
    const dir = `${home.path}/folder`;
    await addKey(agent, home.path, ["--dir", dir]);
    const before = await run("sh", ["-c", "find . -type f -exec md5sum {} +"], {
      home: dir,
    });
    for (const args of [["list"], ["switch", "1"], ["doctor"]]) {
      const { code, stderr } = await call(
        ["--cli", other, "--dir", dir, ...args],
        { home: home.path },
      );
      assertEquals(code, 2, stderr);
      assertStringIncludes(
        stderr,
        `it has the accounts of ${agent}, not of ${other}`,
      );
    }
    const after = await run("sh", ["-c", "find . -type f -exec md5sum {} +"], {
      home: dir,
    });
    assertEquals(after.stdout, before.stdout);
  });
}

Deno.test("the hint about a folder of an unknown agent does not name that agent", async () => {
  await using home = await tempDir();
  await addKey("nest", home.path);
  const state = `${home.path}/.nest/accounts/state.yaml`;
  const text = await Deno.readTextFile(state);
  await Deno.writeTextFile(state, text.replace("agent: nest", "agent: later"));
  const { code, stderr } = await call(["--cli", "nest", "list"], {
    home: home.path,
  });
  assertEquals(code, 2);
  assertMatch(stderr, /accounts of later, not of nest\n.*hint: use --dir with/);
});

Deno.test("the hint about a variable that names no agent removes it", async () => {
  await using home = await tempDir();
  const env = { ACCOUNT_QWEN_CLI: "later" };
  const { code, stderr } = await call(["list"], { home: home.path, env });
  assertEquals(code, 2);
  assertMatch(stderr, /hint: unset ACCOUNT_QWEN_CLI$/m);
});

Deno.test("the state of qwen names no agent", async () => {
  await using home = await tempDir();
  await addKey("qwen", home.path);
  const state = await Deno.readTextFile(`${home.path}/.qwen/state.yaml`);
  assert(!state.includes("agent"), state);
});

const WITHOUT_LINK = [
  ["login"],
  ["refresh"],
  ["refresh", "--all"],
  ["add", "--oauth-file", "/dev/null"],
  ["uninstall", "--unlink", "--yes"],
];

for (const args of WITHOUT_LINK) {
  Deno.test(`${args.join(" ")} says that nest has keys alone`, async () => {
    await using home = await tempDir();
    await addKey("nest", home.path);
    const { code, stderr } = await call(["--cli", "nest", ...args], {
      home: home.path,
    });
    assertEquals(code, 2, stderr);
    assertStringIncludes(
      stderr,
      "Cannot use a login of nest: its accounts have API keys",
    );
  });
}

const WORKING = [
  ["list"],
  ["status"],
  ["stats"],
  ["which"],
  ["switch", "1"],
  ["label", "1", "work"],
  ["cooldown"],
  ["prefer", "1"],
  ["env"],
  ["log"],
  ["import", "--dry-run"],
  ["move", "1", "7"],
  ["remove", "7"],
  ["restore", "7"],
  ["disable", "7"],
  ["enable", "7"],
  ["uninstall"],
];

Deno.test("every other command works for an agent without a link", async () => {
  await using home = await tempDir();
  await addKey("nest", home.path);
  for (const args of WORKING) {
    const { code, stderr } = await call(["--cli", "nest", ...args], {
      home: home.path,
    });
    assertEquals(code, 0, `${args.join(" ")}: ${stderr}`);
  }
});

Deno.test("exec runs an agent without a link with its key", async () => {
  await using home = await tempDir();
  await addKey("nest", home.path);
  const program = `${CHECKOUT}/tests/agents/tiny/tiny.sh`;
  const { code, stdout, stderr } = await call(
    ["--cli", "nest", "exec", "--mode", "link", "--bin", program, "--", "Hi"],
    { home: home.path },
  );
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: "sk-0123456789-nest: Hi\n",
  }, stderr);
});

Deno.test("hints repeat --cli when it is needed", async () => {
  await using home = await tempDir();
  const flag = await call(["--cli", "nest", "list"], { home: home.path });
  assertStringIncludes(flag.stdout, "account-qwen --cli nest setup");
  const variable = await call(["list"], {
    home: home.path,
    env: { ACCOUNT_QWEN_CLI: "nest" },
  });
  assertEquals(variable.stdout, "no accounts yet: account-qwen setup\n");
});

Deno.test("config set cli chooses the agent, and changes it back", async () => {
  await using home = await tempDir();
  for (const agent of ["nest", "tiny", "qwen"]) {
    const set = await call(["config", "set", "cli", agent], {
      home: home.path,
    });
    assertEquals(set.stdout, `cli is ${agent}\n`, set.stderr);
    const help = await call(["list", "--help"], { home: home.path });
    assertEquals(agentIn(help), agent);
  }
});

Deno.test("list --all and status --all show each agent that has accounts", async () => {
  await using home = await tempDir();
  await addKey("nest", home.path);
  await addKey("qwen", home.path);
  for (const command of ["list", "status"]) {
    const text = await call([command, "--all"], { home: home.path });
    assertEquals(text.code, 0, text.stderr);
    assertEquals(text.stdout.match(/^\w+:$/gm), ["qwen:", "nest:"]);
    assertStringIncludes(text.stdout, "\n\nnest:\n");
    const { stdout } = await call([command, "--all", "--json"], {
      home: home.path,
      env: { ACCOUNT_QWEN_CLI: "nest" },
    });
    const answer = JSON.parse(stdout);
    assertEquals(problemsOf(answer, command), []);
    const agents: { agent: string; accounts: unknown[] }[] = answer.agents;
    assertEquals(agents.map((it) => [it.agent, it.accounts.length]), [
      ["qwen", 1],
      ["nest", 1],
    ]);
  }
});

Deno.test("uninstall shows the accounts that stay, of each agent", async () => {
  await using home = await tempDir();
  await addKey("nest", home.path);
  await addKey("qwen", home.path);
  const { code, stdout } = await call(["uninstall"], { home: home.path });
  assertEquals(code, 0);
  const stays = stdout.slice(stdout.indexOf("\nstays:\n"));
  assertStringIncludes(stays, `  1 account in ${home.path}/.qwen/accounts\n`);
  assertStringIncludes(stays, 'eval "$(account-qwen env 1)"');
  assertStringIncludes(stays, `  1 account in ${home.path}/.nest/accounts\n`);
  assertStringIncludes(stays, 'eval "$(account-qwen --cli nest env 1)"');
});

Deno.test("a command that is the name of an agent gets a hint that works", async () => {
  await using home = await tempDir();
  const { code, stderr } = await call(["codex", "list"], { home: home.path });
  assertEquals([code, stderr], [
    2,
    'account-qwen: error: "codex" is not a command\n' +
    "account-qwen: hint: account-qwen --cli codex help\n",
  ]);
});

Deno.test("list --all says so when there are no accounts, and is refused with --dir", async () => {
  await using home = await tempDir();
  const none = await call(["list", "--all"], { home: home.path });
  assertEquals([none.code, none.stdout], [
    0,
    "no accounts yet: account-qwen setup\n",
  ]);
  const dir = await call(["list", "--all", "--dir", home.path], {
    home: home.path,
  });
  assertEquals(dir.code, 2);
});
