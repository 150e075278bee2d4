import { openBrowser } from "./browser.ts";
import type { DeviceLogin } from "../../oauth/device_flow.ts";
import { qrCode } from "./qr.ts";
import { runtime } from "../../system/mod.ts";
import { realSystem } from "../../system/system.ts";
import { formatSpan } from "../screen/readiness.ts";
import { displayWidth } from "../screen/display_width.ts";
import { say } from "../screen/report.ts";
import {
  canShowStatus,
  clearStatusLine,
  showStatusLine,
} from "../screen/status_line.ts";
import { writeLine } from "../screen/streams.ts";
import { program } from "../../program.ts";

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
  readonly #isLive = canShowStatus();
  readonly #expiresAt: number;
  readonly #over = new AbortController();
  readonly #counting: Promise<void>;

  /** Creates a countdown that ends at `expiresAt`, epoch milliseconds. */
  constructor(expiresAt: number) {
    this.#expiresAt = realSystem.elapsed() + expiresAt - realSystem.now();
    this.#counting = this.#count();
  }

  /** Removes the line. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#counting;
    await clearStatusLine();
  }

  async #count(): Promise<void> {
    const text = () =>
      `waiting for the login, ${
        formatSpan(this.#expiresAt - realSystem.elapsed())
      } left`;
    if (!this.#isLive) return await say(text());
    while (!this.#over.signal.aborted) {
      await showStatusLine(`${text()} (Ctrl-C ends it)`);
      await realSystem.sleep(1_000, this.#over.signal).catch(() => {});
    }
  }
}
