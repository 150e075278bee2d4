import type { Readiness } from "../errors.ts";
import type { Wait } from "../gateway/forward.ts";
import { messageOf } from "../runtime/message_of.ts";
import { runtime } from "../runtime/mod.ts";
import { writeAtomic } from "../store/atomic_write.ts";
import { realSystem } from "../system.ts";
import { NO_ACCOUNT } from "../wrapper/next_step.ts";
import type { RotatedRun } from "../wrapper/rotating_run.ts";
import { formatJson } from "./json.ts";
import type { Labels, RunListener } from "./run_events.ts";
import { say } from "./report.ts";
import { isoTime } from "./time.ts";
import { UsageError } from "./usage_error.ts";
import { program } from "../program.ts";

/** A wait of a run. */
interface ReportedWait {
  account: number;
  reason: "not-ready" | "pause";
  startedAt: number;
  durationMs: number;
}

/** How the command ended. */
export interface RunEnd {
  /** The exit code. */
  exitCode: number;
  /** The message of the error that it ended with. @default none */
  error?: string;
}

type Described = Omit<RotatedRun, "run">;

/** Collects what `exec --report` writes. */
export class RunReport implements RunListener {
  readonly #place: number | string;
  readonly #labels: () => Promise<Labels>;
  readonly #startedAt = realSystem.now();
  readonly #started = realSystem.elapsed();
  readonly #accounts: number[] = [];
  readonly #waits: ReportedWait[] = [];
  #waitBegan: number | undefined;
  #rotated: Described | undefined;

  /**
   * Begins a report for `place`: a file, or `fd:3` and the like.
   *
   * @throws {UsageError} If it cannot be a place for a report.
   */
  constructor(place: string, labels: () => Promise<Labels>) {
    this.#place = parsePlace(place);
    this.#labels = labels;
  }

  /** Notes that requests go to `account` from now on. */
  readonly onAccount = (account: number): void => {
    if (this.#accounts.at(-1) !== account) this.#accounts.push(account);
  };

  /** Notes a short wait, as it is planned. */
  readonly onPause = ({ account, ms }: Wait): void => {
    this.#waits.push({
      account,
      reason: "pause",
      startedAt: realSystem.now(),
      durationMs: Math.round(ms),
    });
  };

  /** Notes that the run waits until an account is ready, or goes on. */
  readonly onWait = (account: Readiness | undefined): void => {
    const now = realSystem.elapsed();
    const wait = this.#waits.at(-1);
    if (wait && this.#waitBegan !== undefined) {
      wait.durationMs = Math.round(now - this.#waitBegan);
    } else if (account) {
      this.#waitBegan = now;
      this.#waits.push({
        account: account.index,
        reason: "not-ready",
        startedAt: realSystem.now(),
        durationMs: 0,
      });
    }
    if (!account) this.#waitBegan = undefined;
  };

  /** Notes how the runs of the agent ended, which is not known for a session. */
  note(rotated: Described): void {
    this.#rotated = rotated;
  }

  /** Writes the report; a failure is told and does not change the exit code. */
  async write(end: RunEnd): Promise<void> {
    const lines = formatJson(this.#describe(end, await this.#labels()));
    const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`);
    try {
      await writeTo(this.#place, bytes);
    } catch (error) {
      await say(`Cannot write the report: ${messageOf(error)}`);
    }
  }

  #describe({ exitCode, error }: RunEnd, labels: Labels) {
    const rotated = this.#rotated;
    const heard = this.#accounts.map((account) => ({
      account,
      verdict: undefined,
    }));
    const accounts = (rotated?.tried ?? heard).map(({ account, verdict }) => ({
      ...nameOf(account),
      verdict: verdict?.kind ?? null,
      evidence: verdict?.evidence || null,
      retry_at: isoTime(verdict?.retryAt),
    }));
    const waits = this.#waits.map((it) => ({
      ...nameOf(it.account),
      reason: it.reason,
      started_at: isoTime(it.startedAt),
      duration_ms: it.durationMs,
    }));
    return {
      started_at: isoTime(this.#startedAt),
      ended_at: isoTime(realSystem.now()),
      duration_ms: Math.round(realSystem.elapsed() - this.#started),
      exit_code: exitCode,
      verdict: rotated?.verdict.kind ?? null,
      error: error ?? null,
      runs: rotated?.runs ?? null,
      accounts,
      waits,
      tokens: rotated?.tokens ?? null,
    };

    function nameOf(account: number) {
      const index = account === NO_ACCOUNT ? null : account;
      return { index, label: labels.get(account) ?? null };
    }
  }
}

/** A shell names a pipe of `>(...)` in the second form. */
const DESCRIPTOR = /^(?:fd:|\/dev\/fd\/|\/proc\/self\/fd\/)(.*)$/;

function parsePlace(place: string): number | string {
  const digits = DESCRIPTOR.exec(place)?.[1];
  if (digits === undefined) return place;
  const fd = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (fd >= 2) return fd;
  throw new UsageError(
    `Cannot use --report: "${place}" is not fd:2 or a higher descriptor`,
    "exec",
  );
}

async function writeTo(
  place: number | string,
  bytes: Uint8Array,
): Promise<void> {
  if (typeof place === "string") {
    return await writeAtomic(await resolveFile(place), bytes);
  }
  if (!runtime.host.wasGiven(place)) {
    throw new Error(`file descriptor ${place} is not open`);
  }
  await runtime.host.writeTo(place, bytes);
}

/** The files beside the accounts that account-qwen or qwen needs. */
const OURS =
  /^(?:oauth_creds\..*|state\.yaml.*|rotation\.log.*|account-qwen\.yaml|settings.*\.json|\.env.*)$/;

/**
 * Refuses `place` where the report would replace a credential or another file
 * that qwen or we need, in the folder `dir` of the accounts.
 *
 * @throws {UsageError} If it would.
 */
export async function requireNotOurs(
  place: string,
  dir: string,
): Promise<void> {
  if (typeof parsePlace(place) === "number") return;
  const { files } = runtime;
  const slash = place.lastIndexOf("/");
  const folder = await files.realPath(place.slice(0, slash + 1) || ".");
  const path = await files.realPath(place) ??
    `${folder}/${place.slice(slash + 1)}`;
  const root = await files.realPath(dir) ?? dir;
  const accounts = await files.realPath(`${dir}/accounts`);
  const isOurs = accounts !== undefined && path.startsWith(`${accounts}/`) ||
    path.startsWith(`${root}/`) && OURS.test(path.slice(root.length + 1));
  if (!isOurs) return;
  throw new UsageError(
    `Cannot use --report: it would replace "${path}"`,
    "exec",
    `${program()} exec --report report.json -- 'Say hello'`,
  );
}

/** Follows a link, so that it stays; a device must not be replaced. */
async function resolveFile(path: string): Promise<string> {
  const { files } = runtime;
  const info = await files.info(path);
  if (!info || info.kind === "file") return path;
  const real = info.kind === "link" ? await files.realPath(path) : undefined;
  const isFile = real !== undefined &&
    (await files.info(real))?.kind === "file";
  if (isFile) return real;
  throw new Error(`"${path}" is not a file`);
}
