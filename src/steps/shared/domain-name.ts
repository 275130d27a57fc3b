/** A domain name as people write it: lower case, without the dot at its end. */
export const plainName = (name = ''): string => name.toLowerCase().replace(/\.$/, '')

/** Whether a name is that of the domain or lies below it. */
export const liesIn = (name: string, domain: string): boolean => name === domain || name.endsWith(`.${domain}`)

/** Domains that nobody can have in the public DNS (RFC 6761, RFC 8375; `internal`: ICANN board, July 2024). */
const reserved = ['internal', 'test', 'example', 'invalid', 'localhost', 'local', 'home.arpa']

/** Whether a name may have a public counterpart, which a private one hides. */
export const mayBePublic = (name: string): boolean => !reserved.some((domain) => liesIn(name, domain))

/** The name and the domains above it, down to two labels. */
export const domainsOf = (name: string): string[] => {
  const labels = name.replace(/^\*\./, '').split('.')
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'))
}
