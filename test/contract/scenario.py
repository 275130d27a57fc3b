"""One scenario for any server that speaks AWS: prints the shape of every answer as JSON.

Argument: the server's URL. An answer is told by its status and, for each member, its path and type; an error by its code and
status. `strange` are values that AWS's own models (botocore's) do not know as members of their enumeration.
"""

import json
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

URL = sys.argv[1]
ACCOUNT, REGION = '123456789012', 'us-east-1'
steps, strange = [], []
clients = {
    name: boto3.client(
        name, endpoint_url=URL, region_name=REGION, aws_access_key_id=ACCOUNT, aws_secret_access_key='scenario',
        config=Config(retries={'total_max_attempts': 1}),
    )
    for name in ['sts', 'ec2', 'elbv2', 'apigateway']
}


def shape_of(value, model, path, into, operation):
    """Adds the paths below a value and their types; lists are told by all that occurs in them."""
    kind = model.type_name
    into[path] = 'ARN' if kind == 'string' and value.startswith('arn:') else kind
    if kind == 'structure':
        for name, part in value.items():
            if name in model.members:
                shape_of(part, model.members[name], f'{path}.{name}', into, operation)
    elif kind == 'list':
        for part in value:
            shape_of(part, model.member, f'{path}[]', into, operation)
    elif kind == 'map':
        for part in value.values():
            shape_of(part, model.value, f'{path}{{}}', into, operation)
    elif kind == 'string' and model.enum and value.lower() not in [one.lower() for one in model.enum]:
        strange.append(f'{operation} {path}: {value}')


def ask(service, call, when='', **arguments):
    """Makes a call and notes what became of it. Returns the answer, or nothing after an error."""
    client = clients[service]
    name = client.meta.method_to_api_mapping[call]
    operation = f'{service} {name}'
    step = {'operation': operation, 'when': when}
    steps.append(step)
    try:
        answer = getattr(client, call)(**arguments)
    except ClientError as error:
        said = error.response
        step['outcome'] = f"{said['ResponseMetadata']['HTTPStatusCode']} {said['Error']['Code']}"
        return None
    except ResponseParserError:
        step['outcome'] = '500 without an error of AWS'
        return None
    step['outcome'] = str(answer['ResponseMetadata']['HTTPStatusCode'])
    step['shape'] = {}
    model = client.meta.service_model.operation_model(name).output_shape
    for member, part in answer.items() if model else []:
        if member in model.members and not hasattr(part, 'read'):
            shape_of(part, model.members[member], member, step['shape'], operation)
    return answer


def settle(look, wanted):
    """Waits for what takes time on AWS; what is seen on the way is not noted."""
    end = time.monotonic() + 20
    while not wanted(look()):
        if time.monotonic() > end:
            raise AssertionError('it never settled')
        time.sleep(0.02)


def ec2(call, when='', **arguments):
    return ask('ec2', call, when, **arguments)


def elb(call, when='', **arguments):
    return ask('elbv2', call, when, **arguments)


def api(call, when='', **arguments):
    return ask('apigateway', call, when, **arguments)


def tagged(kind):
    return [{'ResourceType': kind, 'Tags': [{'Key': 'Name', 'Value': 'scenario'}]}]


ask('sts', 'get_caller_identity')
ask('sts', 'assume_role', RoleArn=f'arn:aws:iam::{ACCOUNT}:role/scenario', RoleSessionName='scenario')

# The network.
ec2('describe_availability_zones')
ec2('create_vpc', 'malformed', CidrBlock='10.0.0.0/99')
ec2('create_vpc', 'too small', CidrBlock='10.0.0.0/29')
vpc = ec2('create_vpc', CidrBlock='10.7.0.0/16', TagSpecifications=tagged('vpc'))['Vpc']['VpcId']
ec2('describe_vpcs', VpcIds=[vpc])
ec2('describe_vpcs', 'absent', VpcIds=['vpc-00000000000000000'])
ec2('modify_vpc_attribute', VpcId=vpc, EnableDnsSupport={'Value': True})
ec2('modify_vpc_attribute', VpcId=vpc, EnableDnsHostnames={'Value': True})
ec2('describe_vpc_attribute', VpcId=vpc, Attribute='enableDnsHostnames')
subnets = []
for number, zone in enumerate(['us-east-1a', 'us-east-1b'], 1):
    subnet = {'VpcId': vpc, 'CidrBlock': f'10.7.{number}.0/24', 'AvailabilityZone': zone}
    subnets.append(ec2('create_subnet', TagSpecifications=tagged('subnet'), **subnet)['Subnet']['SubnetId'])
ec2('create_subnet', 'overlapping', VpcId=vpc, CidrBlock='10.7.1.0/25')
ec2('create_subnet', 'outside', VpcId=vpc, CidrBlock='10.8.1.0/24')
ec2('create_subnet', 'absent', VpcId='vpc-00000000000000000', CidrBlock='10.8.1.0/24')
ec2('create_subnet', 'no zone', VpcId=vpc, CidrBlock='10.7.9.0/24', AvailabilityZone='us-east-1x')
ec2('describe_subnets', SubnetIds=subnets)
ec2('describe_subnets', 'absent', SubnetIds=['subnet-00000000000000000'])
ec2('modify_subnet_attribute', SubnetId=subnets[0], MapPublicIpOnLaunch={'Value': False})
in_vpc = [{'Name': 'vpc-id', 'Values': [vpc]}]
ec2('describe_network_acls', Filters=in_vpc)
ec2('describe_route_tables', Filters=in_vpc)
table = ec2('create_route_table', VpcId=vpc, TagSpecifications=tagged('route-table'))['RouteTable']['RouteTableId']
gateway = ec2('create_internet_gateway')['InternetGateway']['InternetGatewayId']
ec2('attach_internet_gateway', InternetGatewayId=gateway, VpcId=vpc)
ec2('describe_internet_gateways', InternetGatewayIds=[gateway])
ec2('create_route', RouteTableId=table, DestinationCidrBlock='0.0.0.0/0', GatewayId=gateway)
association = ec2('associate_route_table', RouteTableId=table, SubnetId=subnets[0])['AssociationId']
ec2('describe_route_tables', RouteTableIds=[table])
ec2('delete_route_table', 'in use', RouteTableId=table)
ec2('disassociate_route_table', AssociationId=association)
ec2('delete_route', RouteTableId=table, DestinationCidrBlock='0.0.0.0/0')
ec2('delete_route_table', RouteTableId=table)
ec2('delete_route_table', 'absent', RouteTableId=table)
ec2('detach_internet_gateway', InternetGatewayId=gateway, VpcId=vpc)
ec2('delete_internet_gateway', InternetGatewayId=gateway)

# Security groups.
named = {'GroupName': 'scenario', 'Description': 'scenario', 'VpcId': vpc}
group = ec2('create_security_group', TagSpecifications=tagged('security-group'), **named)['GroupId']
ec2('create_security_group', 'duplicate', **named)
https = {'IpProtocol': 'tcp', 'FromPort': 443, 'ToPort': 443}
rule = [{**https, 'IpRanges': [{'CidrIp': '10.7.0.0/16', 'Description': 'callers'}]}]
ec2('authorize_security_group_ingress', GroupId=group, IpPermissions=rule)
ec2('authorize_security_group_ingress', 'duplicate', GroupId=group, IpPermissions=rule)
ec2('authorize_security_group_egress', GroupId=group, IpPermissions=rule)
pair = [{**https, 'UserIdGroupPairs': [{'GroupId': group}]}]
ec2('authorize_security_group_ingress', 'by group', GroupId=group, IpPermissions=pair)
ec2('describe_security_groups', GroupIds=[group])
ec2('describe_security_groups', 'absent', GroupIds=['sg-00000000000000000'])
ec2('describe_security_group_rules', Filters=[{'Name': 'group-id', 'Values': [group]}])
ec2('revoke_security_group_ingress', GroupId=group, IpPermissions=pair)
ec2('revoke_security_group_ingress', 'absent', GroupId=group, IpPermissions=pair)
ec2('revoke_security_group_egress', GroupId=group, IpPermissions=rule)
ec2('delete_vpc', 'in use', VpcId=vpc)
ec2('create_tags', Resources=[vpc, group], Tags=[{'Key': 'one', 'Value': '1'}])
ec2('describe_tags', Filters=[{'Name': 'resource-id', 'Values': [group]}])
ec2('delete_tags', Resources=[vpc, group], Tags=[{'Key': 'one'}])

# A load balancer.
wish = {'Type': 'network', 'Scheme': 'internal', 'Subnets': subnets, 'SecurityGroups': [group]}
balancer = elb('create_load_balancer', Name='scenario', **wish)['LoadBalancers'][0]['LoadBalancerArn']
look = lambda: clients['elbv2'].describe_load_balancers(LoadBalancerArns=[balancer])['LoadBalancers'][0]
settle(look, lambda one: one['State']['Code'] == 'active')
elb('describe_load_balancers', LoadBalancerArns=[balancer])
elb('describe_load_balancers', 'absent', LoadBalancerArns=[balancer.replace('scenario', 'nobody')])
elb('describe_load_balancers', 'absent name', Names=['nobody'])
elb('create_load_balancer', 'without subnets', Name='bare', Type='network', Scheme='internal')
elb('describe_load_balancer_attributes', LoadBalancerArn=balancer)
cross_zone = [{'Key': 'load_balancing.cross_zone.enabled', 'Value': 'true'}]
elb('modify_load_balancer_attributes', LoadBalancerArn=balancer, Attributes=cross_zone)
elb('set_security_groups', LoadBalancerArn=balancer, SecurityGroups=[group])
elb('set_subnets', LoadBalancerArn=balancer, Subnets=subnets)
wish = {'Protocol': 'TCP', 'Port': 443, 'VpcId': vpc, 'TargetType': 'ip'}
ping = {'HealthCheckProtocol': 'HTTPS', 'HealthCheckPath': '/ping', 'Matcher': {'HttpCode': '200'}}
targets = elb('create_target_group', Name='scenario', **wish, **ping)['TargetGroups'][0]['TargetGroupArn']
elb('create_target_group', 'other settings', Name='scenario', **{**wish, 'Port': 80})
elb('describe_target_groups', TargetGroupArns=[targets])
elb('describe_target_groups', 'absent', TargetGroupArns=[targets.replace('scenario', 'nobody')])
elb('describe_target_groups', 'absent name', Names=['nobody'])
elb('describe_target_group_attributes', TargetGroupArn=targets)
delay = [{'Key': 'deregistration_delay.timeout_seconds', 'Value': '0'}]
elb('modify_target_group_attributes', TargetGroupArn=targets, Attributes=delay)
elb('modify_target_group', TargetGroupArn=targets, HealthCheckPath='/ready')
elb('register_targets', TargetGroupArn=targets, Targets=[{'Id': '10.7.1.50'}])
action = [{'Type': 'forward', 'TargetGroupArn': targets}]
listener = elb('create_listener', LoadBalancerArn=balancer, Protocol='TCP', Port=443, DefaultActions=action)
listener = listener['Listeners'][0]['ListenerArn']
elb('describe_listeners', LoadBalancerArn=balancer)
elb('describe_listeners', 'absent', ListenerArns=[listener[:-16] + '0' * 16])
elb('modify_listener', ListenerArn=listener, Port=8443)
look = lambda: clients['elbv2'].describe_target_health(TargetGroupArn=targets)['TargetHealthDescriptions'][0]
settle(look, lambda one: one['TargetHealth']['State'] in ['healthy', 'unhealthy'])
elb('describe_target_health', TargetGroupArn=targets)
elb('describe_target_health', 'absent', TargetGroupArn=targets.replace('scenario', 'nobody'))
elb('add_tags', ResourceArns=[balancer, targets, listener], Tags=[{'Key': 'one', 'Value': '1'}])
elb('describe_tags', ResourceArns=[balancer, targets, listener])
elb('remove_tags', ResourceArns=[balancer, targets, listener], TagKeys=['one'])
elb('delete_target_group', 'in use', TargetGroupArn=targets)

# PrivateLink.
wish = {'NetworkLoadBalancerArns': [balancer], 'AcceptanceRequired': True}
service = ec2('create_vpc_endpoint_service_configuration', **wish)['ServiceConfiguration']['ServiceId']
ec2('create_vpc_endpoint_service_configuration', 'absent', NetworkLoadBalancerArns=[balancer[:-16] + '0' * 16])
ec2('describe_vpc_endpoint_service_configurations', ServiceIds=[service])
ec2('describe_vpc_endpoint_service_configurations', 'absent', ServiceIds=['vpce-svc-00000000000000000'])
root = f'arn:aws:iam::{ACCOUNT}:root'
ec2('modify_vpc_endpoint_service_permissions', ServiceId=service, AddAllowedPrincipals=[root])
ec2('describe_vpc_endpoint_service_permissions', ServiceId=service)
ec2('modify_vpc_endpoint_service_configuration', ServiceId=service, AcceptanceRequired=False)
ec2('delete_vpc_endpoint_service_configurations', ServiceIds=[service])
execute_api = f'com.amazonaws.{REGION}.execute-api'
ec2('describe_vpc_endpoint_services', ServiceNames=[execute_api])
ec2('describe_vpc_endpoint_services', 'absent', ServiceNames=[f'com.amazonaws.{REGION}.nothing'])
other = ec2('create_security_group', **{**named, 'GroupName': 'other'})['GroupId']
wish = {'VpcId': vpc, 'ServiceName': execute_api, 'VpcEndpointType': 'Interface', 'SubnetIds': subnets}
made = ec2(
    'create_vpc_endpoint', SecurityGroupIds=[group, other], PrivateDnsEnabled=True,
    TagSpecifications=tagged('vpc-endpoint'), **wish,
)
endpoint = made['VpcEndpoint']['VpcEndpointId']
look = lambda: clients['ec2'].describe_vpc_endpoints(Filters=in_vpc)['VpcEndpoints'][0]
settle(look, lambda one: one['State'] == 'available')
ec2('describe_vpc_endpoints', VpcEndpointIds=[endpoint])
ec2('describe_vpc_endpoints', 'absent', VpcEndpointIds=['vpce-00000000000000000'])
ec2('create_vpc_endpoint', 'absent subnet', **{**wish, 'SubnetIds': ['subnet-00000000000000000']})
interfaces = look()['NetworkInterfaceIds']
ec2('describe_network_interfaces', NetworkInterfaceIds=interfaces)
ec2('describe_network_interfaces', 'absent', NetworkInterfaceIds=['eni-00000000000000000'])
ec2('modify_vpc_endpoint', VpcEndpointId=endpoint, PolicyDocument='{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}')
ec2('delete_security_group', 'in use', GroupId=other)
ec2('delete_security_group', 'absent', GroupId='sg-00000000000000000')

# A VPC link, while the load balancer has no other service.
settle(
    lambda: len(clients['ec2'].describe_vpc_endpoint_service_configurations()['ServiceConfigurations']),
    lambda many: many == 0,
)
link = api('create_vpc_link', name='scenario', targetArns=[balancer], tags={'one': '1'})['id']
settle(lambda: clients['apigateway'].get_vpc_link(vpcLinkId=link), lambda one: one['status'] == 'AVAILABLE')
api('get_vpc_link', vpcLinkId=link)
api('get_vpc_link', 'absent', vpcLinkId='aaaaaa')
api('get_vpc_links')

# A REST API.
api('get_account')
policy = json.dumps({
    'Version': '2012-10-17',
    'Statement': [{'Effect': 'Allow', 'Principal': '*', 'Action': 'execute-api:Invoke', 'Resource': 'execute-api:/*'}],
})
wish = {'endpointConfiguration': {'types': ['PRIVATE'], 'vpcEndpointIds': [endpoint]}, 'policy': policy}
rest = api('create_rest_api', name='scenario', description='a', tags={'one': '1'}, **wish)['id']
api('create_rest_api', 'without a name', name='')
api('create_rest_api', 'of no type', name='x', endpointConfiguration={'types': ['SECRET']})
api('get_rest_api', restApiId=rest)
api('get_rest_api', 'absent', restApiId='aaaaaaaaaa')
api('get_rest_apis')
rename = [{'op': 'replace', 'path': '/name', 'value': 'renamed'}]
api('update_rest_api', restApiId=rest, patchOperations=rename)
top = api('get_resources', restApiId=rest)['items'][0]['id']
child = api('create_resource', restApiId=rest, parentId=top, pathPart='orders')['id']
api('create_resource', 'malformed', restApiId=rest, parentId=top, pathPart='a/b')
api('get_resource', restApiId=rest, resourceId=child)
api('get_resource', 'absent', restApiId=rest, resourceId='aaaaaa')
api('create_deployment', 'without methods', restApiId=rest)
at = {'restApiId': rest, 'resourceId': child, 'httpMethod': 'GET'}
api('put_method', **at, authorizationType='NONE', requestParameters={'method.request.querystring.q': False})
api('get_method', **at)
api('get_method', 'absent', **{**at, 'httpMethod': 'POST'})
api('create_deployment', 'without an integration', restApiId=rest)
api('put_method_response', **at, statusCode='200', responseParameters={'method.response.header.x': False})
api('get_method_response', **at, statusCode='200')
api('get_method_response', 'absent', **at, statusCode='404')
wish = {'type': 'HTTP_PROXY', 'integrationHttpMethod': 'GET', 'uri': 'http://orders.internal/', 'timeoutInMillis': 5000}
api('put_integration', **at, **wish, connectionType='VPC_LINK', connectionId=link)
api('get_integration', **at)
api('get_integration', 'absent', **{**at, 'httpMethod': 'POST'})
api('put_integration_response', **at, statusCode='200', responseParameters={'method.response.header.x': "'1'"})
api('get_integration_response', **at, statusCode='200')
api('get_resources', 'with methods', restApiId=rest, embed=['methods'])
deployment = api('create_deployment', restApiId=rest, stageName='test', description='first')['id']
api('get_deployment', restApiId=rest, deploymentId=deployment)
api('get_deployment', 'absent', restApiId=rest, deploymentId='aaaaaa')
api('get_deployments', restApiId=rest)
api('create_stage', restApiId=rest, stageName='prod', deploymentId=deployment, variables={'link': link}, tags={'one': '1'})
api('create_stage', 'duplicate', restApiId=rest, stageName='prod', deploymentId=deployment)
api('get_stage', restApiId=rest, stageName='prod')
api('get_stage', 'absent', restApiId=rest, stageName='none')
api('get_stages', restApiId=rest)
burst = [{'op': 'replace', 'path': '/*/*/throttling/burstLimit', 'value': '10'}]
api('update_stage', restApiId=rest, stageName='prod', patchOperations=burst)
api('delete_deployment', 'in use', restApiId=rest, deploymentId=deployment)
api('delete_stage', restApiId=rest, stageName='prod')
api('delete_stage', 'absent', restApiId=rest, stageName='prod')
api('delete_stage', restApiId=rest, stageName='test')
api('delete_deployment', restApiId=rest, deploymentId=deployment)
api('delete_integration_response', **at, statusCode='200')
api('delete_integration', **at)
api('delete_method_response', **at, statusCode='200')
api('delete_method', **at)
api('delete_resource', restApiId=rest, resourceId=child)
api('delete_rest_api', restApiId=rest)
api('delete_rest_api', 'absent', restApiId=rest)
api('delete_vpc_link', vpcLinkId=link)

# All goes again.
ec2('delete_vpc_endpoints', VpcEndpointIds=[endpoint])
ec2('delete_vpc_endpoints', 'absent', VpcEndpointIds=['vpce-00000000000000000'])
settle(lambda: clients['apigateway'].get_vpc_links().get('items', []), lambda links: not links)
elb('delete_listener', ListenerArn=listener)
elb('delete_listener', 'absent', ListenerArn=listener)
elb('deregister_targets', TargetGroupArn=targets, Targets=[{'Id': '10.7.1.50'}])
elb('delete_target_group', TargetGroupArn=targets)
elb('delete_load_balancer', LoadBalancerArn=balancer)
elb('delete_load_balancer', 'absent', LoadBalancerArn=balancer)
settle(
    lambda: clients['ec2'].describe_network_interfaces(Filters=in_vpc)['NetworkInterfaces'], lambda left: not left
)
left = clients['ec2'].describe_security_groups(Filters=[*in_vpc, {'Name': 'group-name', 'Values': ['other']}])
for one in left['SecurityGroups']:
    clients['ec2'].delete_security_group(GroupId=one['GroupId'])
ec2('delete_security_group', GroupId=group)
for subnet in subnets:
    ec2('delete_subnet', SubnetId=subnet)
ec2('delete_subnet', 'absent', SubnetId=subnets[0])
ec2('delete_vpc', VpcId=vpc)
ec2('delete_vpc', 'absent', VpcId=vpc)
print(json.dumps({'steps': steps, 'strange': strange}))
