import { QwenWrapper, type QwenWrapperOptions } from "../../lib/mod.ts";
import { FAKE_QWEN, type FakeHome } from "../support/fake_qwen.ts";

/**
 * Creates a wrapper that runs {@linkcode FAKE_QWEN} with the accounts of a
 * home.
 */
export function wrapperFor(
  { dir }: FakeHome,
  options: QwenWrapperOptions = {},
): QwenWrapper {
  return new QwenWrapper({ dir, bin: FAKE_QWEN, ...options });
}
