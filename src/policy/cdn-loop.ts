/** Whether a request has already been through this edge: the CDN-Loop field of RFC 8586. */

/**
 * True when the field names this edge. RFC 8586 §2: `cdn-info = cdn-id *( OWS ";" OWS parameter )`; a name inside a
 * parameter or a quoted string is none.
 */
export function hasLooped(cdnLoop: string | undefined, edgeName: string): boolean {
  if (cdnLoop === undefined) return false;
  const name = edgeName.toLowerCase();
  const field = cdnLoop.toLowerCase();
  if (!field.includes(name)) return false;
  return elementsOf(field).some((element) => cdnIdOf(element) === name);
}

/** The field to send on, with this edge's name at its end. §2: nothing that is there may be changed or removed. */
export function appendCdnLoop(cdnLoop: string | undefined, edgeName: string): string {
  return cdnLoop === undefined || cdnLoop === "" ? edgeName : `${cdnLoop}, ${edgeName}`;
}

function cdnIdOf(element: string): string {
  const semicolon = element.indexOf(";");
  return (semicolon === -1 ? element : element.slice(0, semicolon)).trim();
}

/**
 * The list's elements. A quotation mark that is never closed quotes nothing: otherwise a client who sends one would
 * hide every name appended after it.
 */
function elementsOf(field: string): string[] {
  if (!field.includes('"')) return field.split(",");
  const elements: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < field.length; at++) {
    const character = field[at];
    if (quoted && character === "\\") at++;
    else if (character === '"') quoted = !quoted;
    else if (character === "," && !quoted) {
      elements.push(field.slice(start, at));
      start = at + 1;
    }
  }
  elements.push(field.slice(start));
  return quoted ? field.split(",") : elements;
}
