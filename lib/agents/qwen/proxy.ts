import {
  type FoundProxy,
  type ProxyFormat,
  type ProxyRun,
  withScheme,
} from "../proxy_format.ts";
import { mergeSettings, type Settings } from "../settings_format.ts";
import { isAtLeast } from "../version.ts";
import { valueOf } from "./args.ts";
import { machineSettings } from "./settings.ts";

/** How `qwen` uses a proxy (from the source of 0.24.4, measured on 0.12.0). */
export const proxy: ProxyFormat = {
  find,
  // 0.12.0 has no exceptions. From 0.21.10 (by its source and that of 0.24.4)
  // it honors NO_PROXY; versions in between are unknown.
  sparesLoopbackSince: "0.21.10",
};

/**
 * Whether this version reads `proxy` in its settings, reads the `.env` files of
 * the home besides a project's, and treats an empty variable as unset. 0.24.4
 * does and 0.12.0 does not; versions in between are unknown.
 */
function isNew(version: string | undefined): boolean {
  return version === undefined || isAtLeast(version, "0.12.1");
}

const PROXY = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

const NO_PROXY = ["no_proxy", "NO_PROXY"];

const SETTINGS = "settings.json";

/**
 * Looks in the arguments, the settings, the environment, the `.env` files of the
 * working folder and of the home, and `env` in the settings.
 */
async function find(run: ProxyRun): Promise<FoundProxy | undefined> {
  const { version, args, env, files } = run;
  const settings = await settingsOf(run);
  const variables = new Map<string, { value: string; origin?: string }>();
  const put = (name: string, value: unknown, origin?: string) => {
    const before = variables.get(name)?.value;
    const isSet = isNew(version) ? before : before !== undefined;
    if (typeof value !== "string" || isSet) return;
    const where = origin === undefined
      ? {}
      : { origin: `${name} in ${origin}` };
    variables.set(name, { value, ...where });
  };
  const names = [...PROXY, ...NO_PROXY];
  for (const name of names) put(name, env[name]);
  for (const path of await envFiles(run)) {
    const found = await files.variables(path);
    for (const name of names) put(name, found[name], path);
  }
  const ofSettings = Object(settings.env);
  const filled = (text: unknown) => withVariables(text, env);
  for (const name of names) put(name, filled(ofSettings[name]), SETTINGS);

  const candidates = [
    { value: valueOf(args, ["--proxy"]), origin: "--proxy" },
    {
      value: isNew(version) ? filled(settings.proxy) : undefined,
      origin: `"proxy" in ${SETTINGS}`,
    },
    ...PROXY.map((name) => ({ origin: name, ...variables.get(name) })),
  ];
  const found = candidates.find((it) => it.value?.trim());
  if (!found) return undefined;
  const url = found.value?.trim() ?? "";
  const noProxy = NO_PROXY.map((it) => variables.get(it)?.value)
    .find((it) => it) ?? "";
  return {
    url: withScheme(url),
    noProxy,
    origin: found.origin,
  };
}

/** Returns the settings of the machine, the user and the project, merged. */
async function settingsOf(
  { env, cwd, dir, files }: ProxyRun,
): Promise<Settings> {
  const { first, last } = machineSettings(env);
  const ofUser = [`${dir}/${SETTINGS}`];
  const ofProject = [`${cwd}/.qwen/${SETTINGS}`];
  let settings: Settings = {};
  for (const places of [last, ofUser, ofProject, first]) {
    const path = await files.first(places);
    const found = path === undefined ? undefined : await files.settings(path);
    if (found) settings = mergeSettings(settings, found);
  }
  return settings;
}

/**
 * Returns the `.env` files that count: the first one from the working folder
 * upward. Newer versions also read those of the home.
 */
async function envFiles(
  { version, env: { HOME = "" }, cwd, dir, files }: ProxyRun,
): Promise<string[]> {
  const ofHome = [`${dir}/.env`, `${HOME}/.qwen/.env`, `${HOME}/.env`];
  const present: string[] = [];
  for (const folder of foldersUpward(cwd)) {
    if (isNew(version) && folder === HOME) break;
    const path = await files.first([`${folder}/.qwen/.env`, `${folder}/.env`]);
    if (path === undefined) continue;
    present.push(path);
    break;
  }
  if (!isNew(version)) return present.length > 0 ? present : ofHome;
  return [...present, ...ofHome];
}

function foldersUpward(path: string): string[] {
  const parts = path.split("/").filter((it) => it);
  return [...parts.keys(), parts.length].toReversed()
    .map((count) => parts.slice(0, count).map((it) => `/${it}`).join(""));
}

/** Returns a setting with the values of `$NAME` and `${NAME}` inserted. */
function withVariables(
  text: unknown,
  env: Readonly<Record<string, string>>,
): string | undefined {
  if (typeof text !== "string") return undefined;
  return text.replace(
    /\$(?:(\w+)|\{([^}]+)\})/g,
    (whole, plain, braced) => env[plain ?? braced] ?? whole,
  );
}
