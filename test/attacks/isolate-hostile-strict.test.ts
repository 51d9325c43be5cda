/** Attack: snippets that loop, grow, flood and lie, each in a process of its own. */
import { testSnippets } from '../helpers/isolate-hostile.ts';

testSnippets('strict');
