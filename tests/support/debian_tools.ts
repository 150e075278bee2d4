import { CHECKOUT } from "./checkout.ts";
import { exists } from "./exists.ts";

/** The folder for unpacked programs of Debian or Ubuntu, one folder each. */
const FOLDER = `${CHECKOUT}/.cache/tools`;

/** Long enough for one download on a slow line. */
const APT_TIMEOUT_MS = 60_000;

/**
 * The options that make apt-get(8) work without root and outside the system.
 */
const APT_OPTIONS = [
  `Dir::State=${FOLDER}/apt/state`,
  "Dir::State::status=/var/lib/dpkg/status",
  `Dir::Cache=${FOLDER}/apt/cache`,
  "Debug::NoLocking=true",
  "APT::Sandbox::User=",
  "Acquire::Retries=1",
  "Acquire::http::Timeout=10",
  "Acquire::https::Timeout=10",
].flatMap((it) => ["-o", it]);

/** A program of Debian and Ubuntu. */
export interface DebianTool {
  /** The packages to install. */
  packages: readonly string[];
  /** The executable, relative to the root of the system. */
  executable: string;
  /** Lines of sh(1) that find its data below `$root`. */
  setUp?: string;
}

/** The programs that {@linkcode installDebianTool} can install. */
export const DEBIAN_TOOLS = {
  bash: { packages: ["bash"], executable: "bin/bash" },
  curl: { packages: ["curl"], executable: "usr/bin/curl" },
  // fish looks for its data beside `bin/fish`, and also for `etc/fish` there.
  fish: { packages: ["fish"], executable: "usr/bin/fish" },
  flock: { packages: ["util-linux"], executable: "usr/bin/flock" },
  mandoc: { packages: ["mandoc"], executable: "usr/bin/mandoc" },
  openssl: { packages: ["openssl"], executable: "usr/bin/openssl" },
  python3: {
    packages: ["python3-minimal"],
    executable: "usr/bin/python3",
    setUp: 'export PYTHONHOME="$root/usr"',
  },
  script: { packages: ["bsdutils"], executable: "usr/bin/script" },
  shasum: {
    packages: ["perl"],
    executable: "usr/bin/shasum",
    setUp: 'for it in "$root"/usr/share/perl/5.* "$root"/usr/lib/*/perl/5.*; ' +
      'do PERL5LIB="$it:${PERL5LIB:-}"; done; export PERL5LIB',
  },
  shellcheck: { packages: ["shellcheck"], executable: "usr/bin/shellcheck" },
  strace: {
    packages: ["strace", "libunwind8"],
    executable: "usr/bin/strace",
    setUp: 'export LD_LIBRARY_PATH="$(echo "$root"/usr/lib/*-linux-gnu)"',
  },
  wget: { packages: ["wget"], executable: "usr/bin/wget" },
  // The other zsh loads its modules from a fixed folder.
  zsh: {
    packages: ["zsh-static", "zsh-common"],
    executable: "bin/zsh-static",
    setUp: 'export FPATH="$(find "$root/usr/share/zsh/functions" -type d | ' +
      "tr '\\n' ':')\"",
  },
} satisfies Readonly<Record<string, DebianTool>>;

/**
 * Returns the folder with a program of Debian or Ubuntu and its dependencies,
 * unpacked below `.cache/` of the checkout. The first call downloads the
 * packages; nothing is installed in the system, and root is not needed.
 *
 * @throws {Error} If apt-get(8) cannot download the packages.
 */
export async function installDebianTool(
  name: keyof typeof DEBIAN_TOOLS,
): Promise<string> {
  const tool: DebianTool = DEBIAN_TOOLS[name];
  const folder = `${FOLDER}/${name}`;
  const bin = `${folder}/run`;
  if (await exists(bin)) return bin;
  await Deno.mkdir(FOLDER, { recursive: true });
  using lock = await Deno.open(`${FOLDER}/lock`, { create: true, write: true });
  await lock.lock(true); // the holder is stopped after APT_TIMEOUT_MS
  if (await exists(bin)) return bin;
  const temporary = await Deno.makeTempDir({ dir: FOLDER, prefix: "new." });
  try {
    await download(tool.packages);
    await unpackInto(temporary);
    await writeStarter(temporary, { ...tool, name, root: folder });
    await Deno.rename(temporary, folder);
  } catch (error) {
    await Deno.remove(temporary, { recursive: true });
    throw error;
  }
  return bin;
}

async function download(packages: readonly string[]): Promise<void> {
  await Deno.mkdir(`${FOLDER}/apt/state/lists/partial`, { recursive: true });
  await Deno.remove(`${FOLDER}/apt/cache`, { recursive: true }).catch(() => {});
  await Deno.mkdir(`${FOLDER}/apt/cache/archives/partial`, { recursive: true });
  const install = () =>
    run("apt-get", [
      ...APT_OPTIONS,
      ...["-qq", "--yes", "--no-install-recommends", "--download-only"],
      ...["install", ...packages],
    ]);
  // Without a list of packages, or with an old one, the first attempt fails.
  await install().catch(async (error) => {
    if (await isListNew()) throw error;
    await run("apt-get", [...APT_OPTIONS, "-qq", "update"]);
    await install();
  });
}

/** Makes one run of the tests download the list of packages only once. */
async function isListNew(): Promise<boolean> {
  const folder = Deno.env.get("TEST_RUN_FOLDER");
  if (!folder) return false;
  const mark = `${folder}/asked-for-packages`;
  if (await exists(mark)) return true;
  await Deno.writeTextFile(mark, "");
  return false;
}

async function unpackInto(folder: string): Promise<void> {
  const archives = `${FOLDER}/apt/cache/archives`;
  for await (const { name } of Deno.readDir(archives)) {
    if (!name.endsWith(".deb")) continue;
    await run("dpkg-deb", ["--extract", `${archives}/${name}`, folder]);
  }
  const isThere = await exists(`${folder}/etc`);
  if (isThere) await Deno.symlink("../etc", `${folder}/usr/etc`);
}

/** Writes `run/NAME`, which starts the program wherever it is unpacked. */
async function writeStarter(
  folder: string,
  { name, root, executable, setUp = "" }: DebianTool & {
    name: string;
    root: string;
  },
): Promise<void> {
  const libraries = ["usr/lib", "lib"].map((it) =>
    `$root/${it}/${Deno.build.arch}-linux-gnu`
  ).join(":");
  await Deno.mkdir(`${folder}/run`);
  await Deno.writeTextFile(
    `${folder}/run/${name}`,
    `#!/bin/sh
root='${root.replaceAll("'", `'\\''`)}'
export LD_LIBRARY_PATH="${libraries}"
${setUp}
exec "$root/${executable}" "$@"
`,
    { mode: 0o755 },
  );
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(APT_TIMEOUT_MS),
  }).output();
  if (success) return;
  throw new Error(`${program}: ${new TextDecoder().decode(stderr).trim()}`);
}
