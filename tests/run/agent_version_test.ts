import { assertEquals } from "@std/assert";
import { findAgentVersion } from "../../lib/run/agent_version.ts";
import { realQwen } from "../support/real_qwen.ts";
import { tempDir } from "../support/temp_dir.ts";

for (const version of ["0.12.0", "0.24.4"]) {
  Deno.test(`findAgentVersion() finds ${version} as npm installs it`, async () => {
    const { bin } = await realQwen(version);
    assertEquals(await findAgentVersion(bin), version);
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
