import { assertEquals, assertStringIncludes } from "@std/assert";
import { findLatestVersion, isNewer } from "../../../lib/cli/installation.ts";
import { VERSION } from "../../../lib/cli/version.ts";
import { runCli } from "../../support/cli.ts";
import { problemsOf } from "../../support/json_schema.ts";
import { checksums, startReleases } from "../../support/release_server.ts";
import { tempDir } from "../../support/temp_dir.ts";

const SUM = "0".repeat(64);

/** The list of files of release `version`. */
function sums(version: string): string {
  return ["linux-x64", "darwin-arm64", "linux-arm64-musl"]
    .map((it) => `${SUM}  account-qwen-${version}-${it}\n`).join("");
}

async function check(releases: string | undefined, args: string[] = []) {
  await using home = await tempDir();
  const env = releases === undefined ? {} : { ACCOUNT_QWEN_RELEASES: releases };
  const { stdout, ...result } = await runCli(["upgrade", "--check", ...args], {
    home: home.path,
    env: { ...env, PATH: "/bin:/usr/bin" },
  });
  assertEquals([...Deno.readDirSync(home.path)], []);
  return { ...result, stdout };
}

const RELEASED: Record<string, string> = {
  [VERSION]: `account-qwen ${VERSION} is the latest version\n`,
  "99.0.0": `account-qwen ${VERSION}: version 99.0.0 is available\n`,
  "0.0.1": `account-qwen ${VERSION} is newer than the latest release, 0.0.1\n`,
};

for (const [version, says] of Object.entries(RELEASED)) {
  Deno.test(`upgrade --check compares with release ${version}, and downloads nothing else`, async () => {
    await using server = await startReleases({ sums: sums(version) });
    const { code, stdout, stderr } = await check(server.url);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertStringIncludes(stdout, says);
    assertEquals(stdout.includes("to upgrade:"), version === "99.0.0");
    assertEquals(server.requests, ["/x/latest/download/SHA256SUMS"]);
  });
}

Deno.test("upgrade --check lists the content of a release", async () => {
  await using server = await startReleases();
  const text = await checksums();
  assertStringIncludes(text, "account-qwen.js");
  assertEquals(await findLatestVersion(server.url), "0.1.0");
});

Deno.test("upgrade --check says that no address is set, and contacts nobody", async () => {
  const { code, stdout, stderr } = await check(undefined);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertStringIncludes(stdout, "no release address is set");
});

Deno.test("upgrade --json matches its schema", async () => {
  await using server = await startReleases({ sums: sums("99.0.0") });
  for (const releases of [undefined, server.url]) {
    const { stdout } = await check(releases, ["--json"]);
    const printed = JSON.parse(stdout);
    assertEquals(problemsOf(printed, "upgrade"), [], stdout);
    assertEquals(printed.is_newer, releases === undefined ? null : true);
  }
});

Deno.test("upgrade --check says what is wrong with the address, without a secret", async () => {
  const { code, stdout, stderr } = await check("https://me:secret@example.com");
  assertEquals({ code, stdout }, { code: 1, stdout: "" });
  assertStringIncludes(stderr, "ACCOUNT_QWEN_RELEASES");
  assertEquals(stderr.includes("secret"), false);
});

type Handler = (request: Request) => Response;

const redirectTo = (location: string): Handler => () =>
  new Response(null, { status: 302, headers: { location } });

/** How a hostile or broken server may answer, and the error. */
const HOSTILE: Record<string, [Handler, string]> = {
  "redirects in a circle": [redirectTo("/again"), "redirects too often"],
  "redirects to a file": [redirectTo("file:///etc/passwd"), "another protocol"],
  "redirects to nowhere": [redirectTo("http://"), "another protocol"],
  "has no release": [() => new Response("no", { status: 404 }), "status 404"],
  "never ends": [() => endless(), "too long"],
  "names no program": [() => new Response("<html>"), "names no program"],
  "names several versions": [
    () => new Response(sums("1.0.0") + sums("2.0.0")),
    "several versions",
  ],
  "names a version that controls the terminal": [
    () => new Response(sums("1.0.0\x1b[31m")),
    "names no program",
  ],
  "names a version that is a command": [
    () => new Response(sums("1.0.0-$(touch x)")),
    "names no program",
  ],
};

for (const [what, [handler, says]] of Object.entries(HOSTILE)) {
  Deno.test(`findLatestVersion() fails when the server ${what}`, async () => {
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      handler,
    );
    const url = `http://127.0.0.1:${server.addr.port}/r`;
    const error = await findLatestVersion(url).catch((it) => it);
    assertStringIncludes(String(error), says);
  });
}

Deno.test("findLatestVersion() follows no redirect from https to http", async () => {
  const asked: string[] = [];
  const fetch = (url: string | URL) => {
    asked.push(String(url));
    const headers = { location: "http://example.com/SHA256SUMS" };
    return Promise.resolve(new Response(null, { status: 302, headers }));
  };
  const system = { fetch };
  const error = await findLatestVersion("https://example.com", { system })
    .catch((it) => it);
  assertStringIncludes(String(error), "another protocol");
  assertEquals(asked, ["https://example.com/latest/download/SHA256SUMS"]);
});

const NEWER = ["1.0.1 1.0.0", "1.10.0 1.9.9", "1.0.0 1.0.0-rc.1"];

for (const pair of NEWER) {
  const [a = "", b = ""] = pair.split(" ");
  Deno.test(`isNewer() knows that ${a} is newer than ${b}`, () => {
    assertEquals([isNewer(a, b), isNewer(b, a), isNewer(a, a)], [
      true,
      false,
      false,
    ]);
  });
}

/** A reply that never ends. */
function endless(): Response {
  const chunk = new TextEncoder().encode("x".repeat(4096));
  return new Response(
    new ReadableStream({ pull: (controller) => controller.enqueue(chunk) }),
  );
}
