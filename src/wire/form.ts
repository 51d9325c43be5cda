/**
 * application/x-www-form-urlencoded, as WHATWG URL says (section 5.2). Crosses.
 */

/** The values of the `query` and `bodyForm` options. A list repeats the name; null leaves it out. */
export type FormValue = string | number | boolean | null | readonly (string | number | boolean)[];
export type FormOption = Readonly<Record<string, FormValue>>;

/** A copy of what is such a form, or what it would have to be. */
export function readForm(raw: unknown): { readonly value: FormOption } | { readonly refused: string } {
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) return { refused: 'must be an object' };
  const copy: Record<string, FormValue> = Object.create(null);
  for (const [name, value] of Object.entries(raw)) {
    if (isScalar(value) || value === null) copy[name] = value;
    else if (Array.isArray(value) && value.every(isScalar)) copy[name] = Object.freeze([...value]);
    else return { refused: 'must have texts, numbers, booleans, lists of them or null as values' };
  }
  return { value: Object.freeze(copy) };
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

export function formText(form: FormOption): string {
  return pairsOf(form)
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .join('&');
}

/** The least that its texts take: each character is one where it is written, or more. */
export function formLength(form: FormOption): number {
  return pairsOf(form).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}

function pairsOf(form: FormOption): [name: string, value: string][] {
  return Object.entries(form).flatMap(([name, value]) =>
    value === null ? [] : [value].flat().map((item): [string, string] => [name, String(item)]),
  );
}

/** A form leaves less as it is than a URI does. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(/%20|[!'()~]/g, (found) =>
    found === '%20' ? '+' : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
