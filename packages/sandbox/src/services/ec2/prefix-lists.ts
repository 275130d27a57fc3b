import type { DescribePrefixListsRequest, DescribePrefixListsResult } from '@aws-sdk/client-ec2'
import type { Tags } from '../../state/resource.ts'
import { operation } from '../operation.ts'
import { awsServices } from '../../reads/aws-services.ts'
import { list, type Facets } from './filters.ts'
import { AwsError } from '../../state/aws-error.ts'
import { gatewayBlocks, prefixListId } from '../../reads/gateway-endpoints.ts'

/** AWS's own prefix list of a service: `com.amazonaws.us-east-1.s3`. */
interface PrefixList {
  id: string
  name: string
  cidrs: readonly string[]
  tags: Tags
}

const prefixListsOf = (region: string): PrefixList[] =>
  awsServices
    .filter(({ type }) => type === 'Gateway')
    .map(({ name }) => {
      const serviceName = `com.amazonaws.${region}.${name}`
      return { id: prefixListId(serviceName), name: serviceName, cidrs: gatewayBlocks[name] ?? [], tags: {} }
    })
const facets: Facets<PrefixList> = {
  'prefix-list-id': ({ id }) => [id],
  'prefix-list-name': ({ name }) => [name],
}

export const prefixListOperations = {
  /** Terraform asks for every endpoint's service and accepts that there is none. */
  DescribePrefixLists: operation<DescribePrefixListsRequest, DescribePrefixListsResult>()(
    ['Filters', 'MaxResults', 'NextToken', 'PrefixListIds'],
    '*',
    ({ PrefixListIds = [], ...request }, { region }) => {
      const all = prefixListsOf(region)
      const missing = PrefixListIds.find((id) => !all.some((one) => one.id === id))
      if (missing !== undefined) {
        throw new AwsError('InvalidPrefixListId.NotFound', `The prefix list ID '${missing}' does not exist`)
      }
      const named = all.filter(({ id }) => PrefixListIds.length === 0 || PrefixListIds.includes(id))
      const { items, NextToken } = list(named, request, facets)
      return {
        PrefixLists: items.map(({ id, name, cidrs }) => ({
          PrefixListId: id,
          PrefixListName: name,
          Cidrs: [...cidrs],
        })),
        NextToken,
      }
    },
  ),
}
