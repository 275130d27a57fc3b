import * as model from '@aws-sdk/client-api-gateway'

import { apiGatewayTables } from '../../state/apigateway.ts'
import type { Service } from '../service.ts'
import { rates } from './rates.ts'
import { accountOperations } from './account.ts'
import { authorizerOperations } from './authorizers.ts'
import { definitionOperations } from './definitions.ts'
import { deploymentOperations } from './deployments.ts'
import { integrationResponseOperations } from './integration-responses.ts'
import { integrationOperations } from './integrations.ts'
import { methodOperations } from './methods.ts'
import { exportOperations } from './openapi-export.ts'
import { resourceOperations } from './resources.ts'
import { restApiOperations } from './rest-apis.ts'
import { stageOperations } from './stages.ts'
import { tagOperations } from './tags.ts'
import { testInvokeOperations } from './test-invoke.ts'
import { vpcLinkOperations } from './vpc-links.ts'
import { methodResponseOperations } from './method-responses.ts'

/** REST APIs and their VPC links (apigateway, version 2015-07-09). */
export const apigateway: Service = {
  id: 'apigateway',
  protocol: 'rest-json',
  model,
  tables: apiGatewayTables,
  rates,
  // API Gateway's actions are the verbs of HTTP.
  actionOf: ({ method }) => `apigateway:${method}`,
  operations: {
    ...accountOperations,
    ...authorizerOperations,
    ...definitionOperations,
    ...deploymentOperations,
    ...exportOperations,
    ...integrationOperations,
    ...integrationResponseOperations,
    ...methodOperations,
    ...methodResponseOperations,
    ...resourceOperations,
    ...restApiOperations,
    ...stageOperations,
    ...tagOperations,
    ...testInvokeOperations,
    ...vpcLinkOperations,
  },
}
