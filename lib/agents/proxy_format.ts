/**
 * How an agent finds and uses a proxy.
 *
 * @module
 */

import type { UpstreamProxy } from "../system/network.ts";
import type { Settings } from "./settings_format.ts";

/** How an agent uses a proxy. */
export interface ProxyFormat {
  /**
   * Finds the proxy that a run uses, in the places where the agent looks, by its
   * precedence; `undefined` if it uses none.
   */
  find(run: ProxyRun): Promise<FoundProxy | undefined>;
  /**
   * The first version that honors proxy exceptions for this machine; `0` if all
   * do.
   */
  sparesLoopbackSince: string;
}

/** What the proxy of a run depends on. */
export interface ProxyRun {
  /** The version of the agent; `undefined` if unknown. */
  version: string | undefined;
  /** Its arguments. */
  args: readonly string[];
  /** Its environment. */
  env: Readonly<Record<string, string>>;
  /** Its working folder, without links. */
  cwd: string;
  /** The home of the agent, where it keeps the user's settings. */
  dir: string;
  /** Reads the files in which it looks. */
  files: ProxyFiles;
}

/** Reads files in which an agent may find a proxy. */
export interface ProxyFiles {
  /** Returns the first of `paths` that exists and is accessible. */
  first(paths: readonly string[]): Promise<string | undefined>;
  /** Reads a file with settings; `undefined` if it has none. */
  settings(path: string): Promise<Settings | undefined>;
  /** Reads the variables of a `.env` file; none if it is not one. */
  variables(path: string): Promise<Record<string, string>>;
}

/** The proxy of a run. */
export interface FoundProxy extends UpstreamProxy {
  /** Where it is set, such as `HTTPS_PROXY in /home/me/project/.env`. */
  origin: string;
}

/** A place where variables are set. */
interface ProxyPlace {
  /** The variables; only text counts. */
  values: Readonly<Record<string, unknown>>;
  /** What it is called, such as a path. @default the environment */
  called?: string;
}

/**
 * Returns the proxy in the first of the variables `names` with a value;
 * `undefined` if none has one. A variable that several places set has the value
 * of the first of them.
 */
export function proxyAmong(
  places: readonly ProxyPlace[],
  { names, exceptions, skipsEmpty = false }: {
    names: readonly string[];
    /** The variables with the exceptions. */
    exceptions: readonly string[];
    /** Whether a place with an empty value does not set it. @default it does */
    skipsEmpty?: boolean;
  },
): FoundProxy | undefined {
  const find = (name: string) => {
    const { values = {}, called } =
      places.find(({ values }) =>
        skipsEmpty ? values[name] : (values[name] ?? null) !== null
      ) ?? {};
    const value = values[name];
    return {
      text: typeof value === "string" ? value.trim() : "",
      origin: called === undefined ? name : `${name} in ${called}`,
    };
  };
  const proxy = names.map(find).find((it) => it.text !== "");
  if (!proxy) return undefined;
  const { text, origin } = proxy;
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const noProxy = exceptions.map((it) => find(it).text).find((it) => it !== "");
  return { url, noProxy: noProxy ?? "", origin };
}

/**
 * Adds the host of `baseUrl`, which is on this machine, to the proxy exceptions
 * in `env`. `noProxy` are those of the agent's own files.
 */
export function spareLoopback(
  env: Record<string, string>,
  { baseUrl = "http://127.0.0.1", noProxy = "" }: {
    baseUrl?: string | undefined;
    noProxy?: string | undefined;
  },
): void {
  const given = { ...env };
  const { hostname } = new URL(baseUrl);
  for (const name of ["NO_PROXY", "no_proxy"]) {
    const hosts = given[name] ?? given.NO_PROXY ?? given.no_proxy ?? noProxy;
    if (hosts.trim() === "*") continue;
    env[name] = hosts ? `${hosts},${hostname}` : hostname;
  }
}
