/**
 * Returns a line of a session log of `qwen` that reports the event
 * `qwen-code.<name>`.
 */
export function sessionLine(
  name: string,
  event: Readonly<Record<string, unknown>> = {},
): string {
  const uiEvent = { "event.name": `qwen-code.${name}`, ...event };
  const type = "system";
  const subtype = "ui_telemetry";
  return JSON.stringify({ type, subtype, systemPayload: { uiEvent } });
}

/** The line that reports that the account is out of quota (0.24.4). */
export const QUOTA_LINE: string = sessionLine("api_error", {
  model: "coder-model",
  error_message: "429 Free allocated quota exceeded.",
  error_type: "insufficient_quota",
  status_code: 429,
});
