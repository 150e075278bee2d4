import { assertEquals } from "@std/assert";
import {
  agentNamed,
  chooseAgent,
  chosenAgent,
} from "../../../lib/agents/registry.ts";
import { dirname } from "../../../lib/disk/names.ts";
import { findAgentVersion } from "../../../lib/run/agent_version.ts";
import { runtime } from "../../../lib/system/mod.ts";
import { realClaude } from "../../support/real_claude.ts";
import { realCodex } from "../../support/real_codex.ts";
import { realQwen } from "../../support/real_qwen.ts";
import { tempDir } from "../../support/temp_dir.ts";

for (const version of ["0.12.0", "0.24.4"]) {
  Deno.test(`findAgentVersion() finds ${version} as npm installs it`, async () => {
    const { bin } = await realQwen(version);
    assertEquals(await findAgentVersion(bin), version);
  });
}

const NATIVE: Record<string, () => Promise<string>> = {
  "2.1.332": realClaude,
  "0.171.0": realCodex,
};

for (const [version, real] of Object.entries(NATIVE)) {
  Deno.test(`findAgentVersion() asks a copy of the executable ${version}`, async () => {
    await using dir = await tempDir();
    const bin = `${dir.path}/agent`;
    await Deno.link(await real(), bin);
    using _home = homeIs(dir.path);
    assertEquals(await findAgentVersion(bin), version);
  });
}

Deno.test("findAgentVersion() writes nothing to the home of codex", async () => {
  await using dir = await tempDir();
  const home = `${dir.path}/.codex`;
  await Deno.mkdir(home);
  await Deno.link(await realCodex(), `${dir.path}/agent`);
  // codex writes nothing to a home below the folder for temporary files.
  using _home = homeIs(dir.path, { TMPDIR: `${dir.path}/tmp` });
  using _agent = await agentIs("codex");
  assertEquals(await findAgentVersion(`${dir.path}/agent`), "0.171.0");
  assertEquals(Array.from(Deno.readDirSync(home)), []);
});

/** The agent of the command line from now on. */
async function agentIs(name: string): Promise<Disposable> {
  const [before, agent] = [chosenAgent().program, name].map(agentNamed);
  if (!before || !agent) throw new Error(`there is no agent ${name}`);
  await chooseAgent(agent);
  return { [Symbol.dispose]: () => void chooseAgent(before) };
}

/** The home of the programs from now on: codex writes to it at each start. */
function homeIs(HOME: string, more: Record<string, string> = {}): Disposable {
  const { environment } = runtime.host;
  runtime.host.environment = () => ({ ...environment(), HOME, ...more });
  return {
    [Symbol.dispose]: () => void (runtime.host.environment = environment),
  };
}

/** Where installers put a program, and the version that this says. */
const INSTALLED: Record<string, string> = {
  ".local/share/claude/versions/2.1.332": "2.1.332",
  "Caskroom/codex/0.171.0/bin/codex": "0.171.0",
  "lib/node_modules/@openai/codex/bin/codex.js": "1.2.3",
  "lib/node_modules/@openai/codex/vendor/linux/bin/codex": "1.2.3",
  "2.1.332/lib/node_modules/some-cli/cli.js": "1.2.3",
};

for (const [path, version] of Object.entries(INSTALLED)) {
  Deno.test(`findAgentVersion() returns ${version} when the program is ${path}`, async () => {
    await using dir = await tempDir();
    const bin = `${dir.path}/${path}`;
    await Deno.mkdir(dirname(bin), { recursive: true });
    await Deno.writeTextFile(bin, "#!/bin/sh\nexit 1\n", { mode: 0o700 });
    const [folder] = /^.*node_modules\/(?:@openai\/)?[^/]+/.exec(bin) ?? [];
    if (folder) {
      const text = JSON.stringify({ version: "1.2.3" });
      await Deno.writeTextFile(`${folder}/package.json`, text);
    }
    await Deno.symlink(bin, `${dir.path}/link`);
    assertEquals(await findAgentVersion(`${dir.path}/link`), version);
  });
}

Deno.test("findAgentVersion() looks for the program on the PATH", async () => {
  const { bin } = await realQwen();
  const before = Deno.env.get("PATH") ?? "";
  await using dir = await tempDir();
  await Deno.symlink(bin, `${dir.path}/qwen-on-the-path`);
  Deno.env.set("PATH", `/no/such/folder::${dir.path}:${before}`);
  try {
    assertEquals(await findAgentVersion("qwen-on-the-path"), "0.12.0");
    assertEquals(await findAgentVersion("qwen-that-is-not-there"), undefined);
  } finally {
    Deno.env.set("PATH", before);
  }
});

const PACKAGES: Record<string, string | undefined> = {
  "has no package": undefined,
  "has a package that is not JSON": "{",
  "has a package without a version": '{"name":"x"}',
  "has a version that is not text": '{"version":12}',
  "has a package that is too large": `{"v":"${"x".repeat(2_000_000)}"}`,
};

for (const [what, text] of Object.entries(PACKAGES)) {
  Deno.test(`findAgentVersion() returns undefined when the program ${what}`, async () => {
    await using dir = await tempDir();
    const bin = `${dir.path}/qwen`;
    await Deno.writeTextFile(bin, "#!/bin/sh\n", { mode: 0o700 });
    if (text) await Deno.writeTextFile(`${dir.path}/package.json`, text);
    assertEquals(await findAgentVersion(bin), undefined);
  });
}

Deno.test("findAgentVersion() returns undefined when there is no such program", async () => {
  assertEquals(await findAgentVersion("/no/such/qwen"), undefined);
});
