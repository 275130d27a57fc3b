import type { Filter } from '@aws-sdk/client-secrets-manager'
import type { Secret } from '../../state/secretsmanager.ts'
import { AwsError } from '../../state/aws-error.ts'

/** The texts that each filter compares with the beginning of its values; `!` in front of a value negates it. */
const facets: Record<string, (secret: Secret) => string[]> = {
  name: ({ name }) => [name],
  description: ({ description = '' }) => [description],
  'tag-key': ({ tags }) => Object.keys(tags),
  'tag-value': ({ tags }) => Object.values(tags),
}

/** The secrets that match every filter by any of its values ("Filter", API reference: values are prefixes). */
export function selectSecrets(secrets: readonly Secret[], filters: readonly Filter[] | undefined): Secret[] {
  const tests = (filters ?? []).map(({ Key = '', Values = [] }) => {
    const facet = facets[Key]
    if (facet === undefined) {
      throw new AwsError('InvalidParameterException', `The sandbox does not model the filter ${Key} of secrets.`)
    }
    return (secret: Secret) =>
      Values.some((value) => {
        const isNegated = value.startsWith('!')
        const wanted = isNegated ? value.slice(1) : value
        return facet(secret).some((held) => held.startsWith(wanted)) !== isNegated
      })
  })
  return secrets.filter((secret) => tests.every((test) => test(secret)))
}
