import { parseRecord, recordOf } from "../../verdict/api_error.ts";
import { textOf } from "../../verdict/error_body.ts";
import { type LoggedUsage, timeOf } from "../logged_usage.ts";
import { countOf } from "../session_event.ts";
import { parseSessionLine } from "./session_log.ts";

/**
 * Returns the request that a line of the session log is about (0.5.2 to
 * 0.24.4), also one that the agent has made for itself.
 */
export function usageIn(line: string): LoggedUsage | undefined {
  if (!line.includes('"qwen-code.api_')) return undefined;
  const row = parseRecord(line);
  const event = recordOf(recordOf(row.systemPayload).uiEvent);
  const request = {
    at: timeOf(row.timestamp),
    model: textOf(event.model),
    requests: 1,
  };
  if (event["event.name"] === "qwen-code.api_response") {
    const tokens = {
      input: countOf(event.input_token_count),
      output: countOf(event.output_token_count),
      cached: countOf(event.cached_content_token_count),
      total: countOf(event.total_token_count),
      reasoning: countOf(event.thoughts_token_count),
    };
    return { ...request, tokens };
  }
  const said = parseSessionLine(line);
  return said?.kind === "error" ? { ...request, error: said.error } : undefined;
}
