/** Attack: snippets that loop, grow, flood and lie, beside other guests of one process. */
import { testSnippets } from '../helpers/isolate-snippets.ts';

testSnippets('shared');
