/** A KMIP version as [major, minor]. */
export type ProtocolVersion = readonly [major: number, minor: number];

/** The versions spoken here, newest first: the order of Discover Versions (KMIP 1.4 §4.26). */
export const supportedVersions: readonly ProtocolVersion[] = [
  [2, 1],
  [2, 0],
  [1, 4],
  [1, 3],
  [1, 2],
  [1, 1],
  [1, 0],
];

export const newestVersion: ProtocolVersion = [2, 1];

/** The newest version of a major one that is spoken here; undefined for others. */
export function newestOf(major: number): ProtocolVersion | undefined {
  return supportedVersions.find((version) => version[0] === major);
}

/** Whether version a came after version b. */
export function isNewer(a: ProtocolVersion, b: ProtocolVersion): boolean {
  return a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);
}

export function sameVersion(a: ProtocolVersion, b: ProtocolVersion): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

export function formatVersion([major, minor]: ProtocolVersion): string {
  return `${major}.${minor}`;
}

/** What Discover Versions answers to a client's list: the common versions in our order; all of ours to an empty list. */
export function commonVersions(asked: readonly ProtocolVersion[]): readonly ProtocolVersion[] {
  if (asked.length === 0) return supportedVersions;
  return supportedVersions.filter((supported) => asked.some((version) => sameVersion(supported, version)));
}
