import type { PermissionOn, PermissionsOf } from '../operation.ts'
import { arnIn } from '../../reads/functions.ts'
import { passRole } from '../../reads/role-permissions.ts'
import type { Tags } from '../../state/resource.ts'

interface OnFunction {
  FunctionName?: string | undefined
  Resource?: string | undefined
  Tags?: Tags | undefined
}

/**
 * The action on a function, which tagging names as its resource (Service Authorization Reference, "AWS Lambda").
 *
 * @param action where it is not named after the operation.
 */
export const onFunction =
  (action?: string): PermissionsOf<OnFunction> =>
  ({ FunctionName, Resource, Tags = {} }, call) => {
    const resource = arnIn(call, FunctionName ?? Resource)
    const requestTags = Object.keys(Tags).length > 0 ? Tags : undefined
    const tags = call.world.lambda.functions[resource]?.tags
    return [{ resource, tags, requestTags, ...(action !== undefined && { action }) }]
  }

/** Tags at creation need a permission of their own. */
export const tagsFunction: PermissionsOf<OnFunction> = (...request) =>
  onFunction('lambda:TagResource')(...request).filter(({ requestTags }) => requestTags !== undefined)

/**
 * Lambda's lookups in EC2, with the permissions of the caller that puts a function into a VPC (Lambda guide, "VPC").
 */
const lookups: PermissionOn[] = ['ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'].map(
  (action) => ({ action, resource: '*' }),
)

/** A caller that gives a function its role must be allowed to pass it. */
export const passesSettings: PermissionsOf<{ Role?: string | undefined; VpcConfig?: object | undefined }> = ({
  Role,
  VpcConfig,
}) => [
  ...(Role === undefined ? [] : [passRole(Role, 'lambda.amazonaws.com')]),
  ...(VpcConfig === undefined ? [] : lookups),
]
