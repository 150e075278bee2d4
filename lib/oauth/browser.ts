import { runtime } from "../runtime/mod.ts";
import { realSystem, type System } from "../system.ts";

/** What may be done about a browser. */
export interface OpenBrowserOptions {
  /** @default realSystem */
  system?: Pick<System, "env" | "spawn">;
  /** The operating system. @default that of this machine */
  os?: string;
}

/**
 * Opens `url` in the user's browser, and returns whether one was asked to;
 * nobody tells whether it did. Where there is none in front of the user, as
 * over SSH, in CI or with `NO_BROWSER`, nothing is started.
 *
 * @throws {TypeError} If `url` is no http or https URL.
 */
export function openBrowser(
  url: string,
  options: OpenBrowserOptions = {},
): boolean {
  const { system = realSystem, os = runtime.host.os } = options;
  const { href, protocol } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:") {
    throw new TypeError(`Cannot open a URL that begins with "${protocol}"`);
  }
  const program = openerOf(os, system);
  if (!program) return false;
  try {
    // In a group of its own, so that Ctrl-C here does not close the browser.
    system.spawn(program, {
      args: [href],
      env: runtime.host.environment(),
      stdin: "null",
      output: "null",
      ownGroup: true,
    });
    return true;
  } catch {
    return false; // the user opens the page by hand
  }
}

/** Variables that say that no browser is wanted, or that it would be elsewhere. */
const AGAINST = ["NO_BROWSER", "CI", "SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"];

function openerOf(
  os: string,
  { env }: Pick<System, "env">,
): string | undefined {
  if (AGAINST.some((name) => env(name))) return undefined;
  if (os === "darwin") return "open";
  return env("DISPLAY") || env("WAYLAND_DISPLAY") ? "xdg-open" : undefined;
}
