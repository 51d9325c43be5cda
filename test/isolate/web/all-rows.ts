/** All rows, by API. */
import { BASIC_ROWS } from './basic-rows.ts';
import { FETCH_ROWS } from './fetch-rows.ts';
import { HOSTILE_ROWS } from './hostile-rows.ts';
import { OTHER_ROWS } from './other-rows.ts';
import type { Rows } from './rows.ts';

/** Each group runs in one guest, so that what it harms is its own. */
export const GROUPS: readonly Rows[] = [BASIC_ROWS, FETCH_ROWS, OTHER_ROWS, HOSTILE_ROWS];
