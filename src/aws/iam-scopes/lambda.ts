import { type IamPlace, owned, requested, type Scope } from './scope.ts'

/** Functions are the deployment's by name, and by tag where they are there already. */
const functions = ({ partition, region, id, namePrefix }: IamPlace) => [
  `arn:${partition}:lambda:${region}:${id}:function:${namePrefix}*`,
]

const named = ({ functionArns = [] }: IamPlace) => [...functionArns]

/** AWS Lambda. */
export const lambdaScopes: readonly Scope[] = [
  // Without a tag: of what is gone, one that asks for tags would say "not authorized" where the answer is "not found".
  {
    sid: 'LookAtFunctions',
    actions: ['lambda:GetFunction', 'lambda:ListTags'],
    resources: functions,
    within: 'lambda-function',
  },
  { sid: 'LookAtNamedFunctions', actions: ['lambda:GetFunctionConfiguration'], resources: named },
  {
    sid: 'MakeFunctions',
    actions: ['lambda:CreateFunction', 'lambda:TagResource'],
    resources: functions,
    condition: requested,
  },
  {
    sid: 'OwnFunctions',
    actions: ['lambda:UpdateFunctionCode', 'lambda:UpdateFunctionConfiguration', 'lambda:DeleteFunction'],
    resources: functions,
    condition: owned,
  },
  // Leave this out where verify is not to invoke anything: it then says that nothing is proved.
  {
    sid: 'CallFunctions',
    actions: ['lambda:InvokeFunction'],
    resources: functions,
    condition: owned,
    within: 'lambda-function',
  },
  { sid: 'CallNamedFunctions', actions: ['lambda:InvokeFunction'], resources: named },
]
