import type { Redactor } from '../api/redact.js';

/** The length of a piece, characters. The redactor needs about twenty times as much memory. */
const PIECE = 262_144;

/** How many times longer a secret can be in an encoding: in Base64 with characters that are escaped twice. */
const MAX_GROWTH = 48;

/** How to remove secrets from a text. */
interface Redaction {
  readonly redact: Redactor;
  /** The length of the longest secret, characters. */
  readonly secretLength: number;
}

/** Removes secrets from JSON. Returns `undefined` if the text is not JSON before or after that. */
export function redactJson(text: string, redaction: Redaction): string | undefined {
  if (!isJson(text)) return undefined;
  const redacted = redactPieces(text, redaction);
  return redacted === text || isJson(redacted) ? redacted : undefined;
}

/** Redacts a long text in pieces, so that it does not need a multiple of its length in memory. */
function redactPieces(text: string, { redact, secretLength }: Redaction): string {
  const reach = MAX_GROWTH * secretLength;
  const pieces: string[] = [];
  let start = 0;
  for (let cut = PIECE + reach; cut + reach < text.length; cut += reach) {
    // no secret may be cut in two
    const around = text.slice(cut - reach, cut + reach);
    if (redact(around) !== around) continue;
    pieces.push(redact(text.slice(start, cut)));
    start = cut;
    cut += PIECE;
  }
  pieces.push(redact(text.slice(start)));
  return pieces.join('');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text.trim());
    return true;
  } catch {
    return false;
  }
}
