import { sourceOf, streamOf } from "../system/byte_source.ts";
import type { Reply } from "../system/network.ts";

/** Returns `response` as a reply. */
export function replyOf({ status, headers, body }: Response): Reply {
  return { status, headers, body: body && sourceOf(body) };
}

/** Returns `reply` as a response. */
export function responseOf({ status, headers, body }: Reply): Response {
  const lines = [...headers];
  return new Response(body && streamOf(body), { status, headers: lines });
}

/** Whether the status of a reply is that of an answer. */
export function isSuccess({ status }: Pick<Reply, "status">): boolean {
  return status >= 200 && status <= 299;
}
