import type { DeviceLogin } from "../../oauth/device_flow.ts";
import { runtime } from "../../system/mod.ts";
import { realSystem, type System } from "../../system/system.ts";
import { formatSpan } from "./time.ts";
import { displayWidth } from "./wrap.ts";
import { say } from "./report.ts";
import { canShowStatus, keepDrawing, showStatusLine } from "./status_line.ts";
import { writeLine } from "./streams.ts";
import { program } from "../../program.ts";
import { encode } from "uqr";

/** The countdown, and the line above it about the browser. */
const ROWS_BELOW = 2;

/** Tells the user on stderr what to do in a browser. */
export async function showLogin(
  login: DeviceLogin,
  { opensBrowser }: { opensBrowser: boolean },
): Promise<void> {
  const { verificationUriComplete, verificationUri, userCode } = login;
  const page = verificationUriComplete ?? verificationUri;
  const needed = [`  ${page}`, ...(userCode ? [`code: ${userCode}`] : [])];
  await say("log in on this page, in a browser on any device:");
  for (const it of needed) await say(it);
  const picture = pictureOf(page, needed);
  if (picture) await writeLine("stderr", picture);
  if (opensBrowser && openBrowser(page)) await say("opening the browser");
}

/**
 * Returns a QR code that leaves room for the lines `needed`; the heading may
 * scroll away.
 */
function pictureOf(
  page: string,
  needed: readonly string[],
): string | undefined {
  const size = runtime.host.terminalSize();
  const canDraw = runtime.host.isTerminal("stderr") && size &&
    realSystem.env("TERM") !== "dumb";
  if (!canDraw) return undefined;
  const rows = needed.map((it) =>
    Math.ceil(displayWidth(`${program()}: ${it}`) / size.columns)
  );
  const others = rows.reduce((sum, it) => sum + it, ROWS_BELOW);
  return qrCode(page, { ...size, rows: size.rows - others });
}

/**
 * Shows how much time is left to confirm a login: on a terminal as a countdown
 * that disappears at the end, elsewhere once.
 */
export class LoginCountdown implements AsyncDisposable {
  readonly #expiresAt: number;
  readonly #showing: AsyncDisposable | undefined;
  readonly #said: Promise<void> | undefined;

  /** Creates a countdown that ends at `expiresAt`, epoch milliseconds. */
  constructor(expiresAt: number) {
    this.#expiresAt = realSystem.elapsed() + expiresAt - realSystem.now();
    if (!canShowStatus()) this.#said = say(this.#text());
    else {
      this.#showing = keepDrawing(() =>
        showStatusLine(`${this.#text()} (Ctrl-C ends it)`)
      );
    }
  }

  /** Removes the line. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#said;
    await this.#showing?.[Symbol.asyncDispose]();
  }

  #text(): string {
    const left = formatSpan(this.#expiresAt - realSystem.elapsed());
    return `waiting for the login, ${left} left`;
  }
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
  { system = realSystem, os = runtime.host.os }: {
    system?: Pick<System, "env" | "spawn">;
    os?: string;
  } = {},
): boolean {
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

/**
 * The empty margins to try, in modules: four by ISO/IEC 18004, and two if space
 * is short, which phones can still read.
 */
const QUIET_ZONES = [4, 2];

/** The capacity of the largest code (ISO/IEC 18004, version 40 at level L). */
const MOST_BYTES = 2_953;

/**
 * Black on white, whatever the colors of the terminal. These colors are the
 * picture, not decoration, so `NO_COLOR` does not apply.
 */
const BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m";
const RESET = "\x1b[0m";

/**
 * Returns a QR code of `text` for a terminal, with two rows of modules per
 * line; `undefined` if it does not fit into `columns` and `rows`.
 */
export function qrCode(
  text: string,
  { columns, rows }: { columns: number; rows: number },
): string | undefined {
  if (new TextEncoder().encode(text).length > MOST_BYTES) return undefined;
  for (const border of QUIET_ZONES) {
    const { data, size } = encode(text, { ecc: "L", border });
    const fits = size <= columns && Math.ceil(size / 2) <= rows;
    if (!fits) continue;
    const lines: string[] = [];
    for (let row = 0; row < size; row += 2) {
      const [upper = [], lower = []] = data.slice(row, row + 2);
      const blocks = upper.map((isBlack, at) => blockOf(isBlack, lower[at]));
      lines.push(`${BLACK_ON_WHITE}${blocks.join("")}${RESET}`);
    }
    return lines.join("\n");
  }
  return undefined;
}

function blockOf(upper: boolean, lower = false): string {
  if (upper) return lower ? "█" : "▀";
  return lower ? "▄" : " ";
}
