/**
 * Who gets the network: the one function that decides what `%net` is for a role. Trusted side. Every interpreter calls
 * it at each use of `%net`, with the role of the code that is running, never with one remembered from before.
 */

/** The role of the launched script: the only one that gets the network without being handed it. */
export const USER_ROLE = 'user';

/** What `%net` is for a role: the capability for `user`, null for every other. */
export function surface<N>(net: N, role: string): N | null {
  return role === USER_ROLE ? net : null;
}
