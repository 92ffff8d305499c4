import type { HttpResponse } from './request.js';

/** What the server has to say about the request, such as that the version is deprecated: `Warning: 299 - "…"` (C17). */
export function warningsOf(response: HttpResponse): { readonly warnings?: readonly string[] } {
  const header = response.header('warning') ?? '';
  const warnings = [...header.matchAll(WARNING)].map(([, text = '']) => text.replace(/\\(.)/g, '$1'));
  return warnings.length === 0 ? {} : { warnings };
}

/** The code, who says it, and the text. Several stand in one header, or in one each. */
const WARNING = /\b299 \S+ "((?:[^"\\]|\\.)*)"/g;
