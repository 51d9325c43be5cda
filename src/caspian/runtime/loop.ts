/** The loop object that `as $loop` names. Powerless side. */
import { loopMethods } from '../builtins/loop.ts';
import { ClassValue, Instance } from './values.ts';

export class LoopState {
  /** Turns begun. */
  count = 0;
  active = true;
}

const loopClass = new ClassValue({
  name: 'puck.uno/loop',
  url: 'puck.uno/loop',
  role: 'stdlib',
  parent: null,
  fill: loopMethods,
});

export function newLoop(): Instance {
  return new Instance(loopClass, new LoopState());
}
