import { runtime } from "../../system/mod.ts";
import { realSystem, type System } from "../../system/system.ts";

/** Options of `openBrowser`. */
export interface OpenBrowserOptions {
  /** @default realSystem */
  system?: Pick<System, "env" | "spawn">;
  /** The operating system. @default ours */
  os?: string;
}

/**
 * Opens `url` in the user's browser. Returns whether a browser was started;
 * whether it shows the page is unknown. Starts nothing if no browser would be
 * in front of the user, as over SSH, in CI or with `NO_BROWSER`.
 *
 * @throws {TypeError} If `url` is not an http or https URL.
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
  const program = browserCommand(os, system);
  if (!program) return false;
  try {
    // Use a separate group, so that Ctrl-C here does not close the browser.
    system.spawn(program, {
      args: [href],
      env: runtime.host.environment(),
      stdin: "null",
      output: "null",
      ownGroup: true,
    });
    return true;
  } catch {
    return false; // the user can open the page by hand
  }
}

/** Variables that rule out a browser, or place it on another machine. */
const NO_BROWSER_VARIABLES = [
  "NO_BROWSER",
  "CI",
  "SSH_CONNECTION",
  "SSH_TTY",
  "SSH_CLIENT",
];

function browserCommand(
  os: string,
  { env }: Pick<System, "env">,
): string | undefined {
  if (NO_BROWSER_VARIABLES.some((name) => env(name))) return undefined;
  if (os === "darwin") return "open";
  return env("DISPLAY") || env("WAYLAND_DISPLAY") ? "xdg-open" : undefined;
}
