/** What the API says of a city. */
export interface City {
  readonly name: string;
  readonly people: number;
}

export function describe({ name, people }: City): string {
  return `${name} has ${people} people`;
}
