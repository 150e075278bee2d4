/**
 * install.sh and the GitHub CLI. The `gh` is a stand-in: the real one needs an
 * account and a network.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../support/cli.ts";
import { INSTALLER, type Installer, installer } from "../support/installer.ts";

const RELEASES = "https://github.com/somebody/account-qwen/releases";

/** A gh that is logged in and finds nothing wrong. It logs its arguments. */
const GOOD_GH = 'echo "$*" >>"$HOME/gh"; [ "$1" = attestation ] || exit 0';

/** Runs the install.sh of a release, with the files from the test server. */
async function installRelease(
  it: Installer,
  { releases = RELEASES, args = [] as string[] } = {},
) {
  const script = `${it.home}/install.sh`;
  const text = await Deno.readTextFile(INSTALLER);
  const line = `default_releases='${releases}'`;
  await Deno.writeTextFile(
    script,
    text.replace(/^default_releases=.*$/m, line),
  );
  const options = { home: it.home, env: it.env };
  const result = await run(`${it.tools.path}/sh`, [script, ...args], options);
  await Deno.remove(script);
  const isInstalled = (await it.files()).includes(".local/bin/account-qwen");
  return { ...result, isInstalled };
}

Deno.test("install.sh installs a program when gh proves that the repository built it", async () => {
  await using it = await installer();
  await it.tools.add("gh", GOOD_GH);
  const { code, stderr, isInstalled } = await installRelease(it);
  assertEquals({ code, isInstalled }, { code: 0, isInstalled: true }, stderr);
  assertStringIncludes(stderr, "proved that somebody/account-qwen built it\n");
  const told = (await Deno.readTextFile(`${it.home}/gh`)).trim().split("\n");
  const [verify = ""] = told.slice(-1);
  assertEquals(
    verify.replace(/\S+\/\.account-qwen\.\w+\//, ""),
    "attestation verify account-qwen --repo somebody/account-qwen",
  );
});

Deno.test("install.sh installs nothing when gh does not prove that the repository built it", async () => {
  await using it = await installer();
  await it.tools.add(
    "gh",
    'case "$*" in *--repo*) echo "no attestations found" >&2; exit 1 ;; esac',
  );
  const { code, stderr } = await installRelease(it);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "no attestations found\n");
  assertStringIncludes(stderr, "gh does not prove that somebody/account-qwen");
  assertEquals(await it.files(), []);
});

Deno.test("install.sh --no-provenance does not ask gh, and says so", async () => {
  await using it = await installer();
  await it.tools.add("gh", "exit 1");
  const { code, stderr } = await installRelease(it, {
    args: ["--no-provenance"],
  });
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, "not who built the program: --no-provenance\n");
});

const NOT_CHECKED: Record<string, { gh?: string; says: string }> = {
  "is missing": { says: "there is no gh (https://cli.github.com)" },
  "has no attestations": {
    gh: '[ "$1" != attestation ]',
    says: "this gh is too old",
  },
  "is not logged in": {
    gh: '[ "$1" != auth ]',
    says: "gh is not logged in (gh auth login)",
  },
};

for (const [what, { gh, says }] of Object.entries(NOT_CHECKED)) {
  Deno.test(`install.sh says that it did not check who built the program when gh ${what}`, async () => {
    await using it = await installer();
    if (gh) await it.tools.add("gh", gh);
    const { code, stderr, isInstalled } = await installRelease(it);
    assertEquals({ code, isInstalled }, { code: 0, isInstalled: true }, stderr);
    assertStringIncludes(stderr, `not who built the program: ${says}\n`);
  });
}

const PLACES = [
  ...["", "https://example.com/somebody/account-qwen/releases"],
  "https://github.com/somebody/releases",
  "https://github.com/a/b/c/releases",
  "https://github.com//account-qwen/releases",
];

for (const releases of PLACES) {
  Deno.test(`install.sh does not ask gh when the releases are at "${releases}"`, async () => {
    await using it = await installer();
    await it.tools.add("gh", GOOD_GH);
    const { code, stderr } = await installRelease(it, { releases });
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "the releases are not on github.com\n");
    assertEquals((await it.files()).includes("gh"), false);
  });
}
