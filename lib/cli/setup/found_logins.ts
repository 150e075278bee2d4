import { chosenAgent, loadAgent } from "../../agents/registry.ts";
import type { AccountReader } from "../../accounts/account_reader.ts";
import type { Account } from "../../accounts/account.ts";
import { runtime } from "../../system/mod.ts";
import {
  findLogins,
  type FoundLogins,
  type LookedAt,
} from "../../accounts/find_logins.ts";
import type { FoundKey } from "../../agents/found_key.ts";
import { maskKey } from "../../agents/identity.ts";
import { dirname } from "../../disk/names.ts";

/**
 * Finds the keys and logins that can be imported from here. Without `HOME`, the
 * home of the agent is assumed to be in the home folder.
 */
export async function findLoginsHere(
  { layout }: Pick<AccountReader, "layout">,
): Promise<FoundLogins> {
  const { host } = runtime;
  const env = host.environment();
  const home = env.HOME || dirname(layout.home);
  const agent = await loadAgent();
  return await findLogins({ agent, cwd: host.cwd(), home, env });
}

/** Describes a found key: its variable, its masked value and its place. */
export function nameOfKey({ origin, variable, apiKey }: FoundKey): string {
  const place = origin === "environment" ? "the environment" : origin;
  return `${variable} (${maskKey(apiKey)}) in ${place}`;
}

/** Says where `import` looks. */
export function describePlaces(): string {
  const agent = chosenAgent();
  const { ofUser, ofProject, envFiles, logins } = agent.homes.sources({
    cwd: ".",
    home: "~",
    env: {},
  });
  const settings = [...ofUser, ...ofProject];
  const { name, login } = agent.homes;
  const ofPlain = login ? [`~/${name}/${login.file}`] : [];
  const places = [
    [settings, `, where ${agent.program} stores keys`],
    [
      envFiles,
      " in this folder, in each folder above it and in your home (only the " +
      "first file with a key counts)",
    ],
    [[...ofPlain, ...logins], ""],
  ] as const;
  const said = places.filter(([paths]) => paths.length > 0)
    .map(([paths, more]) =>
      listOf(paths.map((it) => it.replace(/^\.\//, ""))) + more
    );
  const last = said.pop();
  const stores = agent.homes.login?.imports?.stores({ home: "~", env: {} });
  const keepers = new Set(stores?.map((it) => it.program));
  const others = keepers.size === 0
    ? ""
    : ` Logins that ${
      listOf([...keepers])
    } keep are moved, after a question: ` +
      "a login works in one place only.";
  return ["import looks at the environment", ...said].join("; at ") +
    (last === undefined ? "." : `; and at ${last}.`) + others;
}

/** Returns a list in words: `a, b and c`. */
export function listOf(words: readonly string[]): string {
  return words.length < 2
    ? words.join()
    : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** Lists the places that were searched, for a user who expected a result. */
export function describeSearched(
  { variables, settings, folders, envFiles, logins }: LookedAt,
): string[] {
  const { program, homes, login } = chosenAgent();
  const { file } = login ?? homes.login ?? {};
  const { tokens } = homes.login ?? {};
  const files = [
    ...(file ? [`~/${homes.name}/${file}`] : []),
    ...logins.map(shortPath),
  ];
  const [first = "", last = ""] = [folders[0], folders.at(-1)];
  const above = first === "" ? "" : " and in each folder above it";
  const home = last === "" ? "" : `, and in ${shortPath(last)}`; // not above
  const inEnvironment = [...variables, ...tokens ? [tokens.variable] : []];
  const folder = shortPath(first) || "/";
  return [
    `environment: ${inEnvironment.join(", ")}`,
    ...(settings.length > 0
      ? [`settings of ${program}: ${settings.map(shortPath).join(", ")}`]
      : []),
    `.env files: ${envFiles.join(" and ")} in ${folder}${above}${home}`,
    ...(files.length > 0 ? [`logins: ${files.join(", ")}`] : []),
  ];
}

/** Abbreviates the home folder in a path to `~`. */
export function shortPath(path: string): string {
  const { HOME = "" } = runtime.host.environment();
  const isInHome = HOME.length > 1 && `${path}/`.startsWith(`${HOME}/`);
  return isInHome ? `~${path.slice(HOME.length)}` : path;
}

/**
 * Returns the host that the user must allow before the key can become an
 * account: a file of the project names it, and it is neither a known service
 * nor used by an account. Returns `undefined` if there is none.
 */
export function hostToAllow(
  { baseUrl, isProjectAddress }: FoundKey,
  accounts: readonly Pick<Account, "baseUrl">[],
): string | undefined {
  if (!isProjectAddress || baseUrl === undefined) return undefined;
  const host = hostOf(baseUrl);
  const { presets } = chosenAgent().keys;
  const known = [...presets, ...accounts].map((it) => it.baseUrl ?? "");
  return known.some((it) => hostOf(it) === host) ? undefined : host;
}

/** Returns the host of an address, with its port unless it is the default. */
export function hostOf(baseUrl: string): string {
  return URL.parse(baseUrl)?.host ?? "";
}
