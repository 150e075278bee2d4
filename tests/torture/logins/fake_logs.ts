/** The session logs of the fakes: the rows that say how a run has ended. */

/** A log that a run writes to. */
export interface Log {
  /** The id of the session. */
  id: string;
  /** The file. */
  path: string;
}

/** Starts the rollout of a run of codex, or continues that of `resumed`. */
export function startRollout(home: string, resumed?: string): Log {
  const earlier = resumed && findRollout(`${home}/sessions`, resumed);
  if (earlier) return { id: resumed, path: earlier };
  const now = new Date();
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()];
  const parts = day.map((it) => String(it).padStart(2, "0"));
  const folder = `${home}/sessions/${parts.join("/")}`;
  Deno.mkdirSync(folder, { recursive: true });
  const id = crypto.randomUUID();
  const time = `${parts.join("-")}T${now.toTimeString().slice(0, 8)}`;
  const name = `rollout-${time.replaceAll(":", "-")}-${id}.jsonl`;
  const log = { id, path: `${folder}/${name}` };
  addRow(log, {
    timestamp: now.toISOString(),
    type: "session_meta",
    payload: { id, cwd: Deno.cwd(), originator: "codex_exec", source: "exec" },
  });
  return log;
}

function findRollout(folder: string, id: string): string | undefined {
  for (const { name } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (name.endsWith(`${id}.jsonl`)) return path;
    const found = Deno.statSync(path).isDirectory && findRollout(path, id);
    if (found) return found;
  }
  return undefined;
}

/**
 * Adds the conditions of a turn to a rollout: as codex, heeds only the options
 * before `resume`.
 */
export function addTurn(log: Log, args: readonly string[]): void {
  const end = args.indexOf("resume");
  const heeded = end < 0 ? args : args.slice(0, end);
  const valueOf = (option: string) =>
    heeded.includes(option) ? heeded[heeded.indexOf(option) + 1] : undefined;
  const payload = {
    cwd: valueOf("-C") ?? Deno.cwd(),
    model: valueOf("-m") ?? "usual-model",
    approval_policy: "never",
    sandbox_policy: { type: valueOf("-s") ?? "read-only" },
  };
  const timestamp = new Date().toISOString();
  addRow(log, { timestamp, type: "turn_context", payload });
}

/** Adds an answer to a rollout. */
export function addAnswer(log: Log, text: string): void {
  const content = [{ type: "output_text", text }];
  addRow(log, {
    timestamp: new Date().toISOString(),
    type: "response_item",
    payload: { type: "message", role: "assistant", content },
  });
}

/** Ends a rollout with an answer or an error; up to 0.100.0 without a code. */
export function endRollout(
  log: Log,
  end: { text: string } | { message: string; code?: string },
): void {
  const timestamp = new Date().toISOString();
  const isNamed = "code" in end;
  const payload = {
    type: "task_complete",
    last_agent_message: "text" in end ? end.text : null,
    ...(isNamed
      ? { error: { message: end.message, codex_error_info: end.code } }
      : {}),
  };
  addRow(log, { timestamp, type: "event_msg", payload });
}

/** The id that the arguments of claude give to a session, or resume. */
export function sessionIdIn(args: readonly string[]): string | undefined {
  return /--(?:session-id|resume)[ =](\S+)/.exec(args.join(" "))?.[1];
}

/** Returns the log of a run of claude in the working folder. */
export function sessionLog(config: string, id: string): Log {
  const project = Deno.cwd().replace(/[^A-Za-z0-9]/g, "-");
  const folder = `${config}/projects/${project}`;
  Deno.mkdirSync(folder, { recursive: true });
  return { id, path: `${folder}/${id}.jsonl` };
}

/** Adds the answer of claude, or the limit that ended its run. */
export function addMessage(
  log: Log,
  text: string,
  { limit }: { limit?: { resetsAt: number; rateLimitType: string } } = {},
): void {
  const content = [{ type: "text", text }];
  addRow(log, {
    type: "assistant",
    sessionId: log.id,
    uuid: crypto.randomUUID(),
    timestamp: new Date().toISOString(),
    message: {
      role: "assistant",
      model: limit ? "<synthetic>" : "claude-sonnet-5-5",
      content,
    },
    ...(limit
      ? {
        isApiErrorMessage: true,
        error: "rate_limit",
        apiError: "usage_limit_reached",
        apiErrorStatus: 429,
        quotaLimits: limit,
      }
      : {}),
  });
}

function addRow({ path }: Log, row: unknown): void {
  Deno.writeTextFileSync(path, `${JSON.stringify(row)}\n`, { append: true });
}
