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

/**
 * Returns the proxy in the first of these variables with a value, its
 * exceptions, and the name of that variable; `undefined` if none has one.
 */
export function proxyAmong(
  valueOf: (name: string) => string,
  { names, exceptions }: {
    names: readonly string[];
    exceptions: readonly string[];
  },
): { name: string; url: string; noProxy: string } | undefined {
  const name = names.find((it) => valueOf(it) !== "");
  if (name === undefined) return undefined;
  const noProxy = exceptions.map(valueOf).find((it) => it !== "") ?? "";
  return { name, url: withScheme(valueOf(name)), noProxy };
}

/** Returns the URL of a proxy, which is for http if it does not say so. */
export function withScheme(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`;
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
