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

/** The line that counts down, and the one before it that tells of a browser. */
const ROWS_BELOW = 2;

/** Says, on stderr, what is to be done in a browser. */
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

/** One with which the lines `needed` stay in sight; the heading may go. */
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
 * Says how long a login can be confirmed still: on a terminal as one line that
 * counts down and goes away in the end, elsewhere once.
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

  /** Takes the line away. */
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
