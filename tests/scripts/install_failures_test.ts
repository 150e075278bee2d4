import { assertEquals, assertStringIncludes } from "@std/assert";
import { INSTALLER, installer, INSTALLER_NEEDS } from "../support/installer.ts";
import { runInNamespace } from "../support/namespace.ts";
import {
  checksums,
  PROGRAM,
  type Release,
  VERSION,
} from "../support/release_server.ts";
import { testWith } from "../support/needs.ts";
import { spawn } from "../support/deadline.ts";

const test = await testWith(...INSTALLER_NEEDS);
const namespaceTest = await testWith("namespace", ...INSTALLER_NEEDS);

const HALF = PROGRAM.slice(0, PROGRAM.length / 2);
const BROKEN = "#!/bin/sh\nexit 1\n";
const SUMS = await checksums();

const FAILURES: Record<string, Release & { says: string }> = {
  "the connection breaks in the middle of the program": {
    program: () => halfOf("breaks"),
    says: "Cannot download http",
  },
  "the program is shorter than it should be": {
    program: HALF,
    says: "its SHA-256 is",
  },
  "the program was tampered with": {
    program: PROGRAM.replace("as long", "so long"),
    says: "its SHA-256 is",
  },
  "there is no checksum for the machine": {
    sums: SUMS.split("\n").slice(0, 2).join("\n"),
    says: "SHA256SUMS names none",
  },
  "the checksum is cut short": {
    sums: SUMS.replaceAll(/^[0-9a-f]+/gm, "abc"),
    says: "is none",
  },
  "SHA256SUMS is a page of a network login": {
    sums: "<html>Log in</html>",
    says: "SHA256SUMS names none",
  },
  "there is no such release": {
    sums: undefined,
    says: "ended with code 22",
  },
  "the program is missing": {
    sums: SUMS.replaceAll(VERSION, "0.2.0"),
    says: "download/v0.2.0/account-qwen-0.2.0-",
  },
  "the program does not run here": {
    program: BROKEN,
    sums: await checksums(BROKEN),
    says: "it does not run here",
  },
};

for (const [when, { says, ...release }] of Object.entries(FAILURES)) {
  test(`install.sh fails and leaves nothing behind when ${when}`, async () => {
    await using it = await installer(release);
    const { code, stdout, stderr } = await it.install();
    assertEquals({ code, stdout }, { code: 1, stdout: "" }, stderr);
    assertStringIncludes(stderr, "install.sh: error: Cannot ");
    assertStringIncludes(stderr, says);
    assertEquals(await it.files(), []);
  });
}

test("install.sh keeps the installed program when the new one was tampered with", async () => {
  await using it = await installer({ program: HALF });
  await Deno.mkdir(`${it.home}/.local/bin`, { recursive: true });
  await Deno.writeTextFile(it.program, "the old one");
  assertEquals((await it.install()).code, 1);
  assertEquals(await Deno.readTextFile(it.program), "the old one");
  assertEquals((await it.files()).length, 3);
});

test("install.sh fails when a folder is in the place of the program", async () => {
  await using it = await installer();
  await Deno.mkdir(it.program, { recursive: true });
  const { code, stderr } = await it.install();
  assertEquals(code, 1);
  assertStringIncludes(stderr, "it is a folder");
  assertEquals(await Array.fromAsync(Deno.readDir(it.program)), []);
});

test("install.sh fails when no setting names the address of the releases", async () => {
  await using it = await installer();
  const { code, stderr } = await it.install([], { ACCOUNT_QWEN_RELEASES: "" });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "set ACCOUNT_QWEN_RELEASES");
});

test("install.sh fails when there is no release for the machine", async () => {
  await using it = await installer();
  await it.tools.add("uname", "echo Plan9");
  const { code, stderr } = await it.install();
  assertEquals(code, 1);
  assertStringIncludes(stderr, "no release is for Plan9 Plan9");
  assertEquals(await it.files(), []);
});

const MISSING = [
  { tools: ["sha256sum"], says: "install curl or wget" },
  { tools: ["curl"], says: "install sha256sum, shasum or openssl" },
];

for (const { tools, says } of MISSING) {
  test(`install.sh says what to install when there is only ${tools}`, async () => {
    await using it = await installer({ tools });
    const { code, stderr } = await it.install();
    assertEquals(code, 1);
    assertStringIncludes(stderr, says);
    assertEquals(it.server.requests, []);
  });
}

for (const args of [["--no-such-flag"], ["--dir"], ["0.1.0"]]) {
  test(`install.sh exits with 2 when the argument is ${args}`, async () => {
    await using it = await installer();
    const { code, stderr } = await it.install(args);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "hint: install.sh --help");
  });
}

const SIGNALS = [["SIGHUP", 129], ["SIGINT", 130], ["SIGTERM", 143]] as const;

for (const shell of ["dash", "bash"]) {
  for (const [signal, expected] of SIGNALS) {
    test(`install.sh run by ${shell} leaves nothing behind when ${signal} comes during the download`, async () => {
      const { promise: begun, resolve } = Promise.withResolvers<void>();
      const program = () => halfOf("waits", resolve);
      await using it = await installer({ shell, program });
      const child = spawn(`${it.tools.path}/${shell}`, {
        args: [INSTALLER],
        clearEnv: true,
        env: { HOME: it.home, ...it.env },
        stdin: "null",
        stdout: "null",
        stderr: "null",
      });
      await begun;
      child.kill(signal);
      const { code, signal: ended } = await child.status;
      assertEquals({ code, ended }, { code: expected, ended: null });
      assertEquals(await it.files(), []);
    });
  }
}

namespaceTest(
  "install.sh fails and leaves nothing behind when the disk is full",
  async () => {
    for (const downloader of ["curl", "wget"]) {
      await using it = await installer({ tools: [downloader, "sha256sum"] });
      await Deno.mkdir(`${it.home}/small`);
      const script = `
        mount -t tmpfs -o size=64k tmpfs "$HOME/small" || exit 99
        PATH=$2 sh "$1" --dir "$HOME/small/bin"
        echo "code $?, left: $(ls -A "$HOME/small")"`;
      const { stdout, stderr } = await runInNamespace(script, [
        INSTALLER,
        it.tools.path,
      ], {
        home: it.home,
        env: { ACCOUNT_QWEN_RELEASES: it.server.url },
      });
      assertEquals(stdout, "code 1, left: \n", stderr);
      assertStringIncludes(stderr, `Cannot write to ${it.home}/small/bin`);
    }
  },
);

/** The first half of the program, and then nothing more. */
function halfOf(
  end: "breaks" | "waits",
  onBegun?: () => void,
): ReadableStream<Uint8Array> {
  let isBegun = false;
  return new ReadableStream({
    pull(controller) {
      if (!isBegun) {
        isBegun = true;
        controller.enqueue(new TextEncoder().encode(HALF));
        return;
      }
      onBegun?.();
      if (end === "breaks") controller.close();
      else return new Promise(() => {}); // until the other end has gone
    },
  });
}
