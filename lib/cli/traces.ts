import {
  isOurProgram,
  programsOnPath,
  SHIM_MARK,
} from "../process/find_program.ts";
import { program } from "../program.ts";
import { AGENTS } from "../agents/registry.ts";
import { redact } from "../verdict/redact.ts";
import { runtime } from "../system/mod.ts";
import { quoteForSh } from "./shim/shell_env.ts";
import {
  aliasOf,
  missingFrom,
  removeShim,
  shimPath,
} from "./shim/shim_file.ts";

/** A file of this program outside the accounts folder. */
export interface Trace {
  what: "shim" | "link" | "completion" | "manual";
  path: string;
  /** Why it is kept; completes "it ...". @default it can be removed */
  keptBecause?: string;
  remove: () => Promise<unknown>;
}

/** How much of a file is searched for our mark, bytes. */
const HEAD_BYTES = 64 * 1024;

/** How much of a shell profile is searched, bytes. */
const PROFILE_BYTES = 1024 * 1024;

/** Finds shims, links that act as one, completions and the manual page. */
export async function findTraces(): Promise<Trace[]> {
  return [...await findShims(), ...await findTexts()];
}

/**
 * Finds the lines of shell profiles that name this program, counted from 1, with
 * their content or effect, without possible secrets.
 */
export async function findProfileLines(): Promise<
  { path: string; line: number; text: string }[]
> {
  const { HOME: home = "", ZDOTDIR, XDG_CONFIG_HOME } = runtime.host
    .environment();
  const config = XDG_CONFIG_HOME || `${home}/.config`;
  const profiles = [
    ...[".profile", ".bash_profile", ".bash_login", ".bashrc", ".bash_aliases"]
      .map((it) => `${home}/${it}`),
    ...[".zshrc", ".zprofile", ".zshenv"]
      .map((it) => `${ZDOTDIR || home}/${it}`),
    `${config}/fish/config.fish`,
    `${config}/powershell/Microsoft.PowerShell_profile.ps1`,
  ];
  const found = [];
  for (const path of profiles) {
    const text = await textOf(path, PROFILE_BYTES);
    for (const [at, line] of text.split("\n").entries()) {
      const isPath = line.includes("account-qwen/shims");
      const isOurs = isPath || line.includes(program());
      if (!isOurs || /^\s*#/.test(line)) continue;
      const text = isPath ? "puts the shim on the PATH" : redact(line);
      found.push({ path, line: at + 1, text });
    }
  }
  return found;
}

async function findShims(): Promise<Trace[]> {
  const names = [...AGENTS.keys()].flatMap((it) =>
    [it].concat(aliasOf(it) ?? [])
  );
  const paths = new Set<string>();
  for (const name of names) {
    paths.add(shimPath(undefined, name));
    for await (const path of programsOnPath(name, runtime.host.environment())) {
      paths.add(path);
    }
  }
  const self = runtime.host.command();
  const starts = `exec ${self.map(quoteForSh).join(" ")} `;
  const found: Trace[] = [];
  for (const path of paths) {
    if (!await isOurProgram(path)) continue;
    const text = await textOf(path);
    if (!text.includes(SHIM_MARK)) {
      const remove = () => runtime.files.remove(path);
      if (path !== self.at(-1)) found.push({ what: "link", path, remove });
      continue;
    }
    const isOurs = text.includes(starts) ||
      await missingFrom(path) !== undefined;
    found.push({
      what: "shim",
      path,
      ...(isOurs ? {} : { keptBecause: "starts another account-qwen" }),
      remove: () => removeShim(path),
    });
  }
  return found;
}

/** Finds completions and the manual page by the marks that we write into them. */
async function findTexts(): Promise<Trace[]> {
  const { HOME: home = "", XDG_DATA_HOME, XDG_CONFIG_HOME, FPATH = "" } =
    runtime.host.environment();
  const name = program();
  const data = XDG_DATA_HOME || `${home}/.local/share`;
  const config = XDG_CONFIG_HOME || `${home}/.config`;
  const zsh = [
    ...FPATH.split(":").filter((it) => it.startsWith(`${home}/`)),
    ...[".zsh/completions", ".zsh/completion", ".zfunc", ".zsh"]
      .map((it) => `${home}/${it}`),
    `${data}/zsh/site-functions`,
  ];
  const completions = [
    `${data}/bash-completion/completions/${name}`,
    `${config}/fish/completions/${name}.fish`,
    ...new Set(zsh.map((it) => `${it}/_${name}`)),
  ];
  const found: Trace[] = [];
  const find = async (what: Trace["what"], path: string, mark: string) => {
    if (!(await textOf(path)).includes(mark)) return;
    found.push({ what, path, remove: () => runtime.files.remove(path) });
  };
  for (const path of completions) {
    await find("completion", path, `# Completion of ${name} for `);
  }
  await find("manual", `${data}/man/man1/account-qwen.1`, ".TH");
  return found;
}

/** Returns the beginning of a file; an empty text if it cannot be read. */
async function textOf(path: string, length = HEAD_BYTES): Promise<string> {
  try {
    const { files } = runtime;
    const info = await files.info(await files.realPath(path) ?? path);
    if (info?.kind !== "file") return "";
    const bytes = await files.readPart(path, 0, length);
    return new TextDecoder().decode(bytes);
  } catch {
    return "";
  }
}
