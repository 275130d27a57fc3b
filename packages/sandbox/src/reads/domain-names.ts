/**
 * A domain name as Route 53 keeps it: lower case, a dot at its end, other characters than `a-z 0-9 - _ .` as octal
 * codes, of which `\052` is the asterisk ("DNS domain name format", Route 53 developer guide).
 */
export function domainName(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9\-_.\\]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return plain.endsWith('.') ? plain : `${plain}.`
}

/** Whether a name is that of the zone or lies below it. */
export const liesIn = (name: string, zone: string): boolean => name === zone || name.endsWith(`.${zone}`)

/** Labels of at most 63 characters, 255 in all; no empty one. */
export const isDomainName = (name: string): boolean =>
  name.length <= 255 &&
  name
    .slice(0, -1)
    .split('.')
    .every((label) => label.length > 0 && label.length <= 63)

/** The order of lists: by labels from the right (API_ListResourceRecordSets). */
export const byLabels = (a: string, b: string): number => {
  const [left, right] = [a, b].map((name) => name.slice(0, -1).split('.').toReversed().join('.'))
  return (left ?? '') < (right ?? '') ? -1 : left === right ? 0 : 1
}
