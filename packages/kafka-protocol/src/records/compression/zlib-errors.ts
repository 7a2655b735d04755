import { ProtocolError } from "../../protocol-error.ts";

/** Node's zlib errors by code, as this package's own. */
export function zlibError(codec: string, error: unknown): ProtocolError {
  if (hasCode(error, "ERR_BUFFER_TOO_LARGE")) {
    return new ProtocolError("oversized", `a ${codec} stream unpacks to more than allowed`, { cause: error });
  }
  if (hasCode(error, "Z_BUF_ERROR")) {
    return new ProtocolError("truncated", `a ${codec} stream ends early`, { cause: error });
  }
  return new ProtocolError("corrupt", `a ${codec} stream does not unpack`, { cause: error });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
