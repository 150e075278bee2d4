import { assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../support/cli.ts";
import { INSTALLER, installer, INSTALLER_NEEDS } from "../support/installer.ts";
import { PROGRAM, VERSION } from "../support/release_server.ts";
import { testWith } from "../support/needs.ts";

const test = await testWith(...INSTALLER_NEEDS);
const shellcheckTest = await testWith("shellcheck");

const INSTALLED = [
  ".local",
  ".local/bin",
  ".local/bin/.account-qwen.installed",
  ".local/bin/account-qwen",
];
const TOOLS = [["curl", "sha256sum"], ["wget", "shasum"], ["curl", "openssl"]];

for (const shell of ["dash", "bash"]) {
  for (const tools of TOOLS) {
    test(`install.sh installs the latest release when run by ${shell} with ${tools.join(" and ")}`, async () => {
      await using it = await installer({ shell, tools });
      const { code, stdout, stderr } = await it.install();
      assertEquals(code, 0, stderr);
      assertEquals(
        stdout,
        `installed account-qwen ${VERSION}: ${it.program}\n`,
      );
      assertEquals(await it.files(), INSTALLED);
      assertEquals(await Deno.readTextFile(it.program), PROGRAM);
      assertEquals((await Deno.stat(it.program)).mode! & 0o777, 0o755);
    });
  }
}

test("install.sh downloads the files of only one version when --version names it", async () => {
  await using it = await installer();
  const { code, stderr } = await it.install(["--version", `v${VERSION}`]);
  assertEquals(code, 0, stderr);
  const folder = `/x/download/v${VERSION}`;
  const [sums, program = ""] = it.server.requests;
  assertEquals(sums, `${folder}/SHA256SUMS`);
  assertStringIncludes(program, `${folder}/account-qwen-${VERSION}-`);
});

test("install.sh installs into another folder when --dir names it", async () => {
  await using it = await installer();
  const { code, stderr } = await it.install(["--dir=my programs/bin"]);
  assertEquals(code, 0, stderr);
  assertEquals(await it.files(), [
    "my programs",
    "my programs/bin",
    "my programs/bin/.account-qwen.installed",
    "my programs/bin/account-qwen",
  ]);
});

test("install.sh replaces a link but not its target", async () => {
  await using it = await installer();
  await Deno.mkdir(`${it.home}/.local/bin`, { recursive: true });
  await Deno.writeTextFile(`${it.home}/other`, "other");
  await Deno.symlink(`${it.home}/other`, it.program);
  const { code, stderr } = await it.install();
  assertEquals(code, 0, stderr);
  assertEquals((await Deno.lstat(it.program)).isSymlink, false);
  assertEquals(await Deno.readTextFile(`${it.home}/other`), "other");
});

const MACHINES: [system: string, machine: string, extra: string, string][] = [
  ["Linux", "x86_64", "", "linux-x64"],
  ["Linux", "aarch64", "", "linux-arm64"],
  ["Linux", "x86_64", "musl", "linux-x64-musl"],
  ["Linux", "aarch64", "musl", "linux-arm64-musl"],
  ["Darwin", "x86_64", "", "darwin-x64"],
  ["Darwin", "arm64", "", "darwin-arm64"],
  ["Darwin", "x86_64", "Rosetta", "darwin-arm64"],
];

for (const [system, machine, extra, target] of MACHINES) {
  const name = [system, machine, extra].join(" ").trim();
  test(`install.sh uses the program for ${target} when the machine is ${name}`, async () => {
    await using it = await installer();
    await it.tools.add(
      "uname",
      `[ "$1" = -s ] && echo ${system} || echo ${machine}`,
    );
    const libc = extra === "musl" ? "musl libc" : "ldd (GNU libc) 2.36";
    await it.tools.add("ldd", `echo "${libc}" >&2; exit 1`);
    await it.tools.add("sysctl", extra === "Rosetta" ? "echo 1" : "exit 1");
    const { code, stderr } = await it.install();
    assertEquals(code, 0, stderr);
    const file = it.server.requests.at(-1)?.split("/").at(-1);
    assertEquals(file, `account-qwen-${VERSION}-${target}`);
  });
}

const SHELLS = [
  { shell: "/bin/bash", line: 'export PATH="DIR:$PATH"', file: ".bashrc" },
  { shell: "/bin/zsh", line: 'export PATH="DIR:$PATH"', file: ".zshrc" },
  { shell: "/bin/sh", line: 'export PATH="DIR:$PATH"', file: ".profile" },
  { shell: "/bin/fish", line: "fish_add_path 'DIR'", file: "config.fish" },
];

for (const { shell, line, file } of SHELLS) {
  test(`install.sh says what to write to ${file} when the folder is not on the PATH`, async () => {
    await using it = await installer();
    const { stderr } = await it.install([], { SHELL: shell });
    assertStringIncludes(stderr, `${file}\n`);
    assertStringIncludes(stderr, `\n  ${line.replace("DIR", it.folder)}\n`);
  });
}

test("install.sh says nothing about the PATH when the folder is on it", async () => {
  await using it = await installer();
  const { code, stderr } = await it.install([], {
    PATH: `${it.tools.path}:${it.folder}`,
  });
  assertEquals(code, 0, stderr);
  assertEquals(stderr.includes("PATH"), false, stderr);
});

test("install.sh names the program that comes first on the PATH when it is another one", async () => {
  await using it = await installer();
  await it.tools.add("account-qwen", "exit");
  const { stderr } = await it.install([], {
    PATH: `${it.tools.path}:${it.folder}`,
  });
  assertStringIncludes(stderr, `first on your PATH: ${it.tools.path}/account`);
});

test("install.sh --uninstall removes the program and leaves the accounts", async () => {
  await using it = await installer();
  await Deno.mkdir(`${it.home}/.qwen`);
  await it.install();
  const { code, stdout } = await it.install(["--uninstall"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, `removed ${it.program}`);
  assertEquals(await it.files(), [".local", ".local/bin", ".qwen"]);
});

test("install.sh --uninstall says so when there is nothing to remove", async () => {
  await using it = await installer();
  const { code, stdout } = await it.install(["--uninstall"]);
  assertEquals(code, 0);
  assertEquals(stdout, `there is no account-qwen: ${it.program}\n`);
  assertEquals(await it.files(), []);
});

test("install.sh does nothing when it is truncated anywhere", async () => {
  await using it = await installer();
  const lines = (await Deno.readTextFile(INSTALLER)).split("\n");
  const last = lines.lastIndexOf('main "$@"');
  const script = `
    for lines in $(seq 0 ${last}); do head -n "$lines" "$1" | sh; done`;
  await run("sh", ["-c", script, "sh", INSTALLER], {
    home: it.home,
    env: { ACCOUNT_QWEN_RELEASES: it.server.url },
  });
  assertEquals(it.server.requests, []);
  assertEquals(await it.files(), []);
});

shellcheckTest(
  "install.sh passes shellcheck",
  async () => {
    const args = ["--shell=sh", "--severity=style", INSTALLER];
    const { code, stdout } = await run("shellcheck", args, { home: "/" });
    assertEquals({ code, stdout }, { code: 0, stdout: "" });
  },
);
