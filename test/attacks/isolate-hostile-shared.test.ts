/** Attack: snippets that loop, grow, flood and lie, beside other guests of one process. */
import { testSnippets } from '../helpers/isolate-hostile.ts';

testSnippets('shared');
