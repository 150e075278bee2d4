import { breakingWhenCut as breakSource } from "../../lib/gateway/cut_off.ts";
import { concealed as concealSource } from "../../lib/gateway/conceal.ts";
import {
  type JudgeOptions,
  judgeReply as judge,
} from "../../lib/gateway/judge.ts";
import type { Judged } from "../../lib/gateway/judged.ts";
import { replyOf, responseOf } from "../../lib/gateway/reply.ts";
import { sourceOf, streamOf } from "../../lib/system/byte_source.ts";

/** A judged reply whose body is a stream. */
export interface JudgedResponse extends Omit<Judged, "response"> {
  response: Response;
}

/** Judges `response`, and returns it as a response again. */
export async function judgeReply(
  response: Response,
  options?: JudgeOptions,
): Promise<JudgedResponse> {
  const judged = await judge(replyOf(response), options);
  return { ...judged, response: responseOf(judged.response) };
}

type Bytes = ReadableStream<Uint8Array>;

/** Redacts `secret` in a stream. */
export function concealed(body: Bytes, secret: string): Bytes {
  return streamOf(concealSource(sourceOf(body), secret));
}

/** Breaks a stream that ends within an answer. */
export function breakingWhenCut(
  body: Bytes,
  options: Parameters<typeof breakSource>[1],
): Bytes {
  return streamOf(breakSource(sourceOf(body), options));
}
