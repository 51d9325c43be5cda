/**
 * The pages of spec/ as data: their code blocks, their tables, and the parts that are made from tables of the source.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../../spec/', import.meta.url);

/** Names of all pages, such as `surface.md`. */
export function pageNames(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .sort();
}

export function pagePath(name: string): string {
  return fileURLToPath(new URL(name, folder));
}

export function readPage(name: string): string {
  return readFileSync(pagePath(name), 'utf8');
}

/** A fenced block. */
export interface Block {
  readonly language: string;
  /** What stands behind the language: a file name; null if nothing does. */
  readonly name: string | null;
  readonly text: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
}

const FENCE = /^```(\w*)(?: +(\S+))?\s*$/;

export function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { language: string; name: string | null; line: number; lines: string[] } | null = null;
  page.split('\n').forEach((text, index) => {
    const fence = FENCE.exec(text);
    if (open !== null && text.trimEnd() === '```') {
      const { language, name, line, lines } = open;
      blocks.push({ language, name, line, text: lines.map((each) => `${each}\n`).join('') });
      open = null;
    } else if (open !== null) open.lines.push(text);
    else if (fence !== null) open = { language: fence[1] ?? '', name: fence[2] ?? null, line: index + 1, lines: [] };
  });
  return blocks;
}

/** The text between a heading (given without `#`s) and the next one of any level. */
export function sectionOf(page: string, heading: string): string {
  const lines = page.split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (start < 0) throw new Error(`the page has no heading "${heading}"`);
  const end = lines.findIndex((line, index) => index > start && /^#+ /.test(line));
  return lines.slice(start + 1, end < 0 ? lines.length : end).join('\n');
}

/** The rows of the first table of a text, without the heading and the line below it. */
export function tableIn(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  if (start < 0) throw new Error('there is no table');
  const after = lines.slice(start + 2);
  const end = after.findIndex((line) => !line.startsWith('|'));
  return (end < 0 ? after : after.slice(0, end)).map(cellsOf);
}

function cellsOf(line: string): readonly string[] {
  return line
    .replace(/^\||\|\s*$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll(/\\([|*])/g, '$1'));
}

/** What stands in backticks, in order. */
export function codeIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '');
}

/** A Markdown table. */
export function markdownTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cellText).join(' | ')} |`;
  return [line(heading), `|${' --- |'.repeat(heading.length)}`, ...rows.map(line)].join('\n');
}

const GENERATED = /(<!-- generated: ([a-z-]+) -->\n)[\s\S]*?(<!-- end -->)/g;

/** A `|` would end the cell, a `*` outside of code would begin italics. */
function cellText(cell: string): string {
  return cell
    .split('`')
    .map((text, index) => text.replaceAll(index % 2 === 0 ? /[|*]/g : /\|/g, '\\$&'))
    .join('`');
}

/** The page with each generated part made anew. Throws for a part that nobody makes. */
export function regenerate(page: string, makers: Readonly<Record<string, string>>): string {
  return page.replace(GENERATED, (_all, before: string, name: string, after: string) => {
    const made = Object.hasOwn(makers, name) ? makers[name] : undefined;
    if (made === undefined) throw new Error(`nobody makes the part "${name}"`);
    return `${before}\n${made}\n\n${after}`;
  });
}

/** Names of the generated parts of a page. */
export function generatedParts(page: string): readonly string[] {
  return [...page.matchAll(GENERATED)].map(([, , name]) => name ?? '');
}
