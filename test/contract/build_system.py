"""Builds the whole way from a private API to an application of another account with boto3, calls it, and removes it.

Arguments: the URL of the sandbox and how many times faster than the machine's its clock runs. Prints a JSON object with
what was seen on the way; any surprise is an exception.
"""

import http.client
import json
import sys
import time
import urllib.request

import boto3
from botocore.exceptions import ClientError

URL, SPEED = sys.argv[1], float(sys.argv[2])
REGION = 'us-east-1'
APPLICATION, GATEWAY = '014770000000', '842340000000'
BACKEND = ('10.1.1.200', 8080)
seen = {}


def client(service, account):
    return boto3.client(
        service, endpoint_url=URL, region_name=REGION, aws_access_key_id=account, aws_secret_access_key='rehearsal'
    )


app_ec2, app_elb = client('ec2', APPLICATION), client('elbv2', APPLICATION)
ec2, elb, api = client('ec2', GATEWAY), client('elbv2', GATEWAY), client('apigateway', GATEWAY)


def refused(call, **arguments):
    """Code and status of the error that a call ends in."""
    try:
        call(**arguments)
    except ClientError as error:
        return [error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode']]
    raise AssertionError(f'{call} was not refused')


def failed_items(answer):
    """Status and codes of a batch that answers 200 whatever becomes of its items."""
    return [answer['ResponseMetadata']['HTTPStatusCode'], *[one['Error']['Code'] for one in answer['Unsuccessful']]]


def until(what, look):
    """Looks until there is something to see; 30 s of the machine's time are an eternity of the sandbox's."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(2 / SPEED)
    raise AssertionError(f'never saw {what}')


def gone(code, call, **arguments):
    """Whether a look ends in the error that says that nothing is there."""
    try:
        call(**arguments)
    except ClientError as error:
        if error.response['Error']['Code'] == code:
            return True
        raise
    return False


def named(kind, name):
    return [{'ResourceType': kind, 'Tags': [{'Key': 'Name', 'Value': name}]}]


def make_network(on, block, zone_ids):
    vpc = on.create_vpc(CidrBlock=f'{block}.0.0/16', TagSpecifications=named('vpc', 'built'))['Vpc']['VpcId']
    on.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={'Value': True})
    on.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={'Value': True})
    subnets = [
        on.create_subnet(VpcId=vpc, CidrBlock=f'{block}.{number}.0/24', AvailabilityZoneId=zone)['Subnet']['SubnetId']
        for number, zone in enumerate(zone_ids, 1)
    ]
    return vpc, subnets


def make_group(on, vpc, name, port, block):
    group = on.create_security_group(GroupName=name, Description=name, VpcId=vpc)['GroupId']
    ranges = [{'CidrIp': block, 'Description': 'callers'}]
    rule = {'IpProtocol': 'tcp', 'FromPort': port, 'ToPort': port, 'IpRanges': ranges}
    on.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    return group


def make_balancer(on, name, subnets, groups):
    made = on.create_load_balancer(
        Name=name, Type='network', Scheme='internal', Subnets=subnets, SecurityGroups=groups
    )['LoadBalancers'][0]
    arn = made['LoadBalancerArn']
    assert made['State']['Code'] == 'provisioning', made
    state = lambda: on.describe_load_balancers(LoadBalancerArns=[arn])['LoadBalancers'][0]['State']['Code']
    until(f'{name} active', lambda: state() == 'active')
    return arn


def make_targets(on, vpc, name, port, addresses):
    arn = on.create_target_group(
        Name=name, Protocol='TCP', Port=port, VpcId=vpc, TargetType='ip', HealthCheckIntervalSeconds=10,
        HealthyThresholdCount=2,
    )['TargetGroups'][0]['TargetGroupArn']
    on.register_targets(TargetGroupArn=arn, Targets=[{'Id': address} for address in addresses])
    return arn


def listen(on, balancer, port, targets):
    action = {'Type': 'forward', 'TargetGroupArn': targets}
    made = on.create_listener(LoadBalancerArn=balancer, Protocol='TCP', Port=port, DefaultActions=[action])
    return made['Listeners'][0]['ListenerArn']


def healthy(on, targets):
    found = on.describe_target_health(TargetGroupArn=targets)['TargetHealthDescriptions']
    return bool(found) and all(one['TargetHealth']['State'] == 'healthy' for one in found)


def state_of(on, endpoint):
    return on.describe_vpc_endpoints(Filters=[{'Name': 'vpc-endpoint-id', 'Values': [endpoint]}])['VpcEndpoints'][0]['State']


def post(path, body):
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), method='POST')
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def call_through(endpoint, api_id, path):
    host, port = URL.removeprefix('http://').split(':')
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    name = f'{api_id}.execute-api.{REGION}.amazonaws.com'
    connection.request('GET', path, headers={'Host': name, 'x-privlink-sandbox-from': endpoint})
    answer = connection.getresponse()
    said = {'status': answer.status, 'type': answer.headers.get('x-amzn-errortype'), 'body': json.loads(answer.read())}
    connection.close()
    return said


# Whoever may assume the role sees the right account, and nobody else does.
operator = client('sts', '000000000000')
role = f'arn:aws:iam::{GATEWAY}:role/privlink'
wrong = {'RoleArn': role, 'RoleSessionName': 'boto3', 'ExternalId': 'wrong'}
seen['assume the role with a wrong external id'] = refused(operator.assume_role, **wrong)
keys = operator.assume_role(RoleArn=role, RoleSessionName='boto3', ExternalId='acme')['Credentials']
session = boto3.client(
    'sts', endpoint_url=URL, region_name=REGION, aws_access_key_id=keys['AccessKeyId'],
    aws_secret_access_key=keys['SecretAccessKey'], aws_session_token=keys['SessionToken'],
)
seen['identity'] = session.get_caller_identity()['Arn']

# 1. The application of the other account, and its endpoint service.
app_vpc, app_subnets = make_network(app_ec2, '10.1', ['use1-az1', 'use1-az2'])
app_group = make_group(app_ec2, app_vpc, 'application', 80, '10.0.0.0/8')
post('/_privlink/hosts', {'vpcId': app_vpc, 'ip': BACKEND[0], 'port': BACKEND[1], 'name': 'orders'})
app_balancer = make_balancer(app_elb, 'orders', app_subnets, [app_group])
app_elb.modify_load_balancer_attributes(
    LoadBalancerArn=app_balancer, Attributes=[{'Key': 'load_balancing.cross_zone.enabled', 'Value': 'true'}]
)
app_targets = make_targets(app_elb, app_vpc, 'orders', BACKEND[1], [BACKEND[0]])
app_listener = listen(app_elb, app_balancer, 80, app_targets)
until('the backend healthy', lambda: healthy(app_elb, app_targets))
wish = {'NetworkLoadBalancerArns': [app_balancer], 'AcceptanceRequired': True}
service = app_ec2.create_vpc_endpoint_service_configuration(**wish)['ServiceConfiguration']
seen['a second service on the load balancer'] = refused(app_ec2.create_vpc_endpoint_service_configuration, **wish)

# 2. The gateway's endpoint.
vpc, subnets = make_network(ec2, '10.2', ['use1-az1', 'use1-az2'])
endpoint_group = make_group(ec2, vpc, 'endpoint', 80, '10.2.0.0/16')
wish = {
    'VpcId': vpc, 'ServiceName': service['ServiceName'], 'VpcEndpointType': 'Interface', 'SubnetIds': subnets,
    'SecurityGroupIds': [endpoint_group], 'TagSpecifications': named('vpc-endpoint', 'way to orders'),
}
seen['connect without a permission'] = refused(ec2.create_vpc_endpoint, **wish)
app_ec2.modify_vpc_endpoint_service_permissions(
    ServiceId=service['ServiceId'], AddAllowedPrincipals=[f'arn:aws:iam::{GATEWAY}:root']
)
shown = lambda: ec2.describe_vpc_endpoint_services(ServiceNames=[service['ServiceName']])['ServiceDetails']
until('the service offered', lambda: not gone('InvalidServiceName', shown))
assert shown()[0]['AcceptanceRequired'] and len(shown()[0]['AvailabilityZones']) == 2, shown()


def connect():
    try:
        return ec2.create_vpc_endpoint(**wish, ClientToken='way-to-orders')['VpcEndpoint']
    except ClientError as error:
        if error.response['Error']['Code'] == 'Unavailable':
            return None
        raise


endpoint = until('the service usable', connect)['VpcEndpointId']
assert connect()['VpcEndpointId'] == endpoint, 'a second endpoint for one token'

# 3. Its acceptance.
until('the connection waiting', lambda: state_of(ec2, endpoint) == 'pendingAcceptance')
ids = {'ServiceId': service['ServiceId'], 'VpcEndpointIds': [endpoint]}
of_service = [{'Name': 'service-id', 'Values': [service['ServiceId']]}]
until(
    'the connection from the other side',
    lambda: app_ec2.describe_vpc_endpoint_connections(Filters=of_service)['VpcEndpointConnections'],
)
nobody = {'ServiceId': service['ServiceId'], 'VpcEndpointIds': ['vpce-00000000000000000']}
seen['accept nobody'] = failed_items(app_ec2.accept_vpc_endpoint_connections(**nobody))
seen['accept'] = failed_items(app_ec2.accept_vpc_endpoint_connections(**ids))
until('the endpoint available', lambda: state_of(ec2, endpoint) == 'available')

# 4. The load balancer in front of the endpoint's addresses.
found = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])['VpcEndpoints'][0]
interfaces = ec2.describe_network_interfaces(NetworkInterfaceIds=found['NetworkInterfaceIds'])['NetworkInterfaces']
addresses = [one['PrivateIpAddress'] for one in interfaces]
assert len(addresses) == 2 and all(one['InterfaceType'] == 'vpc_endpoint' for one in interfaces), interfaces
targets = make_targets(elb, vpc, 'way-to-orders', 80, addresses)
elb.modify_target_group_attributes(
    TargetGroupArn=targets, Attributes=[{'Key': 'preserve_client_ip.enabled', 'Value': 'false'}]
)
link_group = make_group(ec2, vpc, 'link', 80, '10.2.0.0/16')
balancer = make_balancer(elb, 'link', subnets, [link_group])
elb.set_security_groups(
    LoadBalancerArn=balancer, SecurityGroups=[link_group], EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic='off'
)
listener = listen(elb, balancer, 80, targets)

# 5. The VPC link.
link = api.create_vpc_link(name='way-to-orders', targetArns=[balancer], tags={'built': 'here'})
assert link['status'] == 'PENDING', link
until('the link available', lambda: api.get_vpc_link(vpcLinkId=link['id'])['status'] == 'AVAILABLE')
second = api.create_vpc_link(name='second', targetArns=[balancer])['id']
until('the second link failed', lambda: api.get_vpc_link(vpcLinkId=second)['status'] == 'FAILED')
seen['a second link'] = api.get_vpc_link(vpcLinkId=second)['statusMessage']
# The application admits the gateway's network, which enforcement sees as the caller's address.
until('the endpoint healthy', lambda: healthy(elb, targets))

# 6. The endpoints that callers use: one of the gateway's network, one of a stranger's.
execute_api = {'ServiceName': f'com.amazonaws.{REGION}.execute-api', 'VpcEndpointType': 'Interface'}
caller_group = make_group(ec2, vpc, 'callers', 443, '10.2.0.0/16')
wish = {'VpcId': vpc, 'SubnetIds': subnets, 'SecurityGroupIds': [caller_group], 'PrivateDnsEnabled': True}
caller = ec2.create_vpc_endpoint(**wish, **execute_api)['VpcEndpoint']['VpcEndpointId']
seen['a second private DNS'] = refused(ec2.create_vpc_endpoint, **wish, **execute_api)
foreign_group = make_group(app_ec2, app_vpc, 'strangers', 443, '10.1.0.0/16')
wish = {'VpcId': app_vpc, 'SubnetIds': app_subnets, 'SecurityGroupIds': [foreign_group], 'PrivateDnsEnabled': False}
foreign = app_ec2.create_vpc_endpoint(**wish, **execute_api)['VpcEndpoint']['VpcEndpointId']
until('the callers\' endpoint', lambda: state_of(ec2, caller) == 'available')
until('the stranger\'s endpoint', lambda: state_of(app_ec2, foreign) == 'available')

# 7. The private API.
rest = api.create_rest_api(
    name='orders', endpointConfiguration={'types': ['PRIVATE'], 'vpcEndpointIds': [caller]}, tags={'built': 'here'}
)
root = api.get_resources(restApiId=rest['id'])['items'][0]['id']
proxy = api.create_resource(restApiId=rest['id'], parentId=root, pathPart='{proxy+}')['id']
seen['the same resource again'] = refused(
    api.create_resource, restApiId=rest['id'], parentId=root, pathPart='{proxy+}'
)
method = {'restApiId': rest['id'], 'resourceId': proxy, 'httpMethod': 'ANY'}
api.put_method(**method, authorizationType='NONE', requestParameters={'method.request.path.proxy': True})
seen['the same method again'] = refused(api.put_method, **method, authorizationType='NONE')
seen['deploy without a policy'] = refused(api.create_deployment, restApiId=rest['id'], stageName='test')
policy = json.dumps({
    'Version': '2012-10-17',
    'Statement': [
        {'Effect': 'Allow', 'Principal': '*', 'Action': 'execute-api:Invoke', 'Resource': 'execute-api:/*'},
        {
            'Effect': 'Deny', 'Principal': '*', 'Action': 'execute-api:Invoke', 'Resource': 'execute-api:/*',
            'Condition': {'StringNotEquals': {'aws:SourceVpce': caller}},
        },
    ],
})
api.update_rest_api(
    restApiId=rest['id'], patchOperations=[{'op': 'replace', 'path': '/policy', 'value': policy}]
)
seen['deploy without an integration'] = refused(api.create_deployment, restApiId=rest['id'], stageName='test')
integration = {
    'type': 'HTTP_PROXY', 'integrationHttpMethod': 'ANY', 'uri': 'http://orders.internal/{proxy}',
    'connectionType': 'VPC_LINK', 'connectionId': link['id'],
    'requestParameters': {'integration.request.path.proxy': 'method.request.path.proxy'},
}
api.put_integration(**method, **integration)
assert api.get_integration(**method)['connectionId'] == link['id']
deployment = api.create_deployment(restApiId=rest['id'], stageName='test', description='first')['id']
assert api.get_stage(restApiId=rest['id'], stageName='test')['deploymentId'] == deployment

# 8. The calls.
answer = until(
    'an answer', lambda: (lambda said: said if said['status'] == 200 else None)(
        call_through(caller, rest['id'], '/test/orders/7?q=1')
    )
)
seen['call'] = answer
refusal = call_through(foreign, rest['id'], '/test/orders/7')
refusal['body'] = {key: text.replace(rest['id'], 'API') for key, text in refusal['body'].items()}
seen['call through a foreign endpoint'] = refusal
tested = api.test_invoke_method(**{**method, 'httpMethod': 'GET'}, pathWithQueryString='/orders/8')
seen['test call'] = [tested['status'], json.loads(tested['body'])['path']]

# In use, nothing goes.
seen['delete what is in use'] = {
    'link': refused(api.delete_vpc_link, vpcLinkId=link['id']),
    'load balancer of the link': refused(elb.delete_load_balancer, LoadBalancerArn=balancer),
    'load balancer of the service': refused(app_elb.delete_load_balancer, LoadBalancerArn=app_balancer),
    'target group': refused(elb.delete_target_group, TargetGroupArn=targets),
    'service': failed_items(
        app_ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[service['ServiceId']])
    ),
    'group': refused(ec2.delete_security_group, GroupId=endpoint_group),
    'interface': refused(
        ec2.delete_network_interface, NetworkInterfaceId=interfaces[0]['NetworkInterfaceId']
    ),
    'subnet': refused(ec2.delete_subnet, SubnetId=subnets[0]),
    'VPC': refused(ec2.delete_vpc, VpcId=vpc),
    'deployment': refused(api.delete_deployment, restApiId=rest['id'], deploymentId=deployment),
}

# Everything goes again, the way it came.
api.delete_stage(restApiId=rest['id'], stageName='test')
api.delete_rest_api(restApiId=rest['id'])
for one in [link['id'], second]:
    api.delete_vpc_link(vpcLinkId=one)
until('the link gone', lambda: gone('NotFoundException', api.get_vpc_link, vpcLinkId=link['id']))
elb.delete_listener(ListenerArn=listener)
elb.delete_target_group(TargetGroupArn=targets)
elb.delete_load_balancer(LoadBalancerArn=balancer)
ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint, caller])
app_ec2.delete_vpc_endpoints(VpcEndpointIds=[foreign])
until(
    'the endpoints gone',
    lambda: all(
        gone('InvalidVpcEndpointId.NotFound', on.describe_vpc_endpoints, VpcEndpointIds=[one])
        for on, one in [(ec2, endpoint), (ec2, caller), (app_ec2, foreign)]
    ),
)
seen['delete services and nothing'] = failed_items(
    app_ec2.delete_vpc_endpoint_service_configurations(
        ServiceIds=[service['ServiceId'], 'vpce-svc-00000000000000000']
    )
)
until(
    'the service gone',
    lambda: gone(
        'InvalidVpcEndpointServiceId.NotFound', app_ec2.describe_vpc_endpoint_service_configurations,
        ServiceIds=[service['ServiceId']],
    ),
)
app_elb.delete_listener(ListenerArn=app_listener)
app_elb.delete_target_group(TargetGroupArn=app_targets)
app_elb.delete_load_balancer(LoadBalancerArn=app_balancer)


def clear(on, vpc, groups, subnets):
    for group in groups:
        until(
            'the group let go', lambda: gone('InvalidGroup.NotFound', on.describe_security_groups, GroupIds=[group])
            or try_to(on.delete_security_group, GroupId=group)
        )
    for subnet in subnets:
        until('the subnet let go', lambda: try_to(on.delete_subnet, SubnetId=subnet))
    on.delete_vpc(VpcId=vpc)


def try_to(call, **arguments):
    return not gone('DependencyViolation', call, **arguments)


clear(ec2, vpc, [endpoint_group, link_group, caller_group], subnets)
clear(app_ec2, app_vpc, [app_group, foreign_group], app_subnets)
post('/_privlink/hosts/stop', {'ip': BACKEND[0], 'port': BACKEND[1]})
seen['look for what has gone'] = {
    'API': refused(api.get_rest_api, restApiId=rest['id']),
    'endpoint': failed_items(ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])),
    'load balancer': refused(elb.describe_load_balancers, LoadBalancerArns=[balancer]),
    'target group': refused(elb.describe_target_health, TargetGroupArn=targets),
    'listener': refused(elb.delete_listener, ListenerArn=listener),
    'group': refused(ec2.delete_security_group, GroupId=endpoint_group),
    'VPC': refused(ec2.delete_vpc, VpcId=vpc),
}
# The same again is no error where AWS says so.
elb.delete_load_balancer(LoadBalancerArn=balancer)
elb.delete_target_group(TargetGroupArn=targets)
print(json.dumps(seen))
