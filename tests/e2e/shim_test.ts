import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { accountQwen, run, runCli } from "../support/cli.ts";
import { denoEnv } from "../support/deno_env.ts";
import { QUOTA_EXCEEDED, QUOTA_EXCEEDED_FAST } from "../support/service.ts";
import { type Scene, setScene } from "../support/scene.ts";

const ANSWER = { answer: "Paris." };
const VERSIONS = ["0.12.0", "0.24.4"];

for (const version of VERSIONS) {
  Deno.test(`qwen ${version} prints the same version and help through the shim as alone`, async () => {
    await using scene = await setScene([ANSWER], { version });
    const qwen = await installShim(scene);
    for (const args of [["--version"], ["--help"], ["mcp", "list"]]) {
      const alone = await scene.runQwen(args);
      const { code, stdout, stderr } = await qwen(args);
      assertEquals({ code, stdout, stderr }, {
        code: alone.code,
        stdout: alone.stdout,
        stderr: alone.stderr,
      });
    }
    assertMatch((await qwen(["-v"])).stdout, new RegExp(`^${version}\\s*$`));
  });
}

Deno.test("qwen through the shim continues with the second account", async () => {
  await using scene = await setScene([QUOTA_EXCEEDED_FAST, ANSWER]);
  const qwen = await installShim(scene);
  const { code, stdout } = await qwen(["What is the capital of France?"]);
  assertEquals({ code, stdout }, { code: 0, stdout: ANSWER.answer });
});

Deno.test("a qwen that a tool of qwen calls runs once, with the account of the outer one", async () => {
  let asked = 0;
  await using scene = await setScene([
    ({ prompt }) => {
      if (prompt.startsWith("inner")) return QUOTA_EXCEEDED_FAST;
      const command = "qwen -p inner; echo ended with $?";
      const args = { command, is_background: false, description: "asks" };
      return asked++ === 0
        ? { toolCall: { name: "run_shell_command", args } }
        : ANSWER;
    },
    { answer: "no" },
  ]);
  const qwen = await installShim(scene);
  const { code, stdout } = await qwen(["--yolo", "-p", "outer"]);
  assertEquals({ code, stdout }, { code: 0, stdout: ANSWER.answer });
  const inner = scene.service.requests.filter((it) =>
    it.prompt.startsWith("inner")
  );
  assertEquals(inner.length > 0, true);
  assertEquals(new Set(scene.askedAccounts()), new Set([1]));
  assertStringIncludes(await scene.home.link(), "oauth_creds_1.json");
});

/** How the accounts log in, and the flags that use the gateway. */
const KINDS = [
  { kind: "keys", keys: [1, 2] },
  { kind: "logins", keys: [] },
];

const INNER = ["qwen -p inner", "account-qwen exec -- inner"];

// Each pair of a version, a kind and a call once: a run takes seconds.
const NESTED = VERSIONS.flatMap((version, row) =>
  KINDS.map((it, column) => ({
    version,
    inner: INNER[(row + column) % 2] ?? "",
    ...it,
  }))
);

/** 0.24.4 adds much text before a prompt. */
function isInner(prompt: string): boolean {
  return prompt.endsWith("inner");
}

for (const { version, kind, keys, inner } of NESTED) {
  Deno.test(`${inner}, called by a tool of qwen ${version} with ${kind}, uses the gateway of the outer one`, async () => {
    const command = `${inner} >inner; echo $? >>inner`;
    const args = { command, is_background: false, description: "asks" };
    const call = { toolCall: { name: "run_shell_command", args } };
    let asked = 0;
    await using scene = await setScene([
      ({ prompt }) => isInner(prompt) ? QUOTA_EXCEEDED : call,
      ({ prompt }) => {
        if (isInner(prompt)) return { answer: "Rome." };
        return asked++ === 0 ? ANSWER : call;
      },
    ], { version, keys });
    const qwen = await installShim(scene, { ACCOUNT_QWEN_MODE: "gateway" });
    const outer = await qwen(["--yolo", "-p", "outer"]);
    assertEquals(
      { code: outer.code, stdout: outer.stdout.trim() },
      { code: 0, stdout: ANSWER.answer },
      outer.stderr,
    );
    const said = await Deno.readTextFile(`${scene.home.path}/inner`);
    assertEquals(said.replace(/\n(?=0)/, ""), "Rome.0\n");
    assertEquals(
      scene.service.requests.map((it) => isInner(it.prompt)),
      [false, true, true, false],
    );
    assertEquals(scene.askedAccounts(), [1, 1, 2, 2]);
  });
}

/** Puts the shim ahead of the real `qwen`; returns what calls it. */
async function installShim(
  { home, qwen }: Scene,
  settings: Record<string, string> = {},
) {
  const bin = `${home.path}/bin`;
  await Deno.mkdir(bin);
  const ours = accountQwen().map((it) => `'${it}'`).join(" ");
  await Deno.writeTextFile(
    `${bin}/account-qwen`,
    `#!/bin/sh\nexec ${ours} "$@"\n`,
    { mode: 0o755 },
  );
  await Deno.symlink(qwen.bin, `${bin}/qwen`);
  const shims = `${home.path}/shims`;
  const args = ["shim", "install", "--into", shims];
  const { code } = await runCli(args, { home: home.path });
  assertEquals(code, 0);
  // As in runCli(): otherwise Deno could ask npm for packages that it has.
  const text = await Deno.readTextFile(`${shims}/qwen`);
  const quiet = text.replace("'run'", "'run' '--cached-only'");
  await Deno.writeTextFile(`${shims}/qwen`, quiet);
  const env = {
    ...settings,
    PATH: `${shims}:${bin}:${qwen.path}`,
    ...await denoEnv(),
  };
  return (args: readonly string[]) =>
    run(`${shims}/qwen`, args, { home: home.path, env });
}
