"""Runs a service on Fargate with boto3 until it is stable, and takes it away. Prints a JSON object with what was seen.

Arguments: the URL of the sandbox, the account, an execution role, a subnet and a security group.
"""

import json
import sys

import boto3
from botocore.exceptions import ClientError

URL, ACCOUNT, ROLE, SUBNET, GROUP = sys.argv[1:]
ecs = boto3.client(
    'ecs', endpoint_url=URL, region_name='us-east-1', aws_access_key_id=ACCOUNT, aws_secret_access_key='rehearsal'
)
seen = {}


def refusal(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return [error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode']]


ecs.create_cluster(clusterName='smoke', tags=[{'key': 'team', 'value': 'payments'}])
seen['cluster'] = ecs.describe_clusters(clusters=['smoke'], include=['TAGS'])['clusters'][0]['tags']
definition = {
    'family': 'smoke',
    'requiresCompatibilities': ['FARGATE'],
    'networkMode': 'awsvpc',
    'cpu': '256',
    'memory': '512',
    'executionRoleArn': ROLE,
    'containerDefinitions': [{'name': 'nginx', 'image': 'public.ecr.aws/nginx/nginx:1.29', 'portMappings': [{'containerPort': 80}]}],
}
seen['revision'] = ecs.register_task_definition(**definition)['taskDefinition']['revision']
seen['wrong size'] = refusal(ecs.register_task_definition, **{**definition, 'memory': '4096'})
place = {'awsvpcConfiguration': {'subnets': [SUBNET], 'securityGroups': [GROUP]}}
service = {'cluster': 'smoke', 'serviceName': 'smoke', 'taskDefinition': 'smoke', 'launchType': 'FARGATE'}
ecs.create_service(**service, desiredCount=1, networkConfiguration=place, clientToken='one')
seen['again'] = refusal(ecs.create_service, **service, desiredCount=1, networkConfiguration=place)
ecs.get_waiter('services_stable').wait(cluster='smoke', services=['smoke'], WaiterConfig={'Delay': 1})
tasks = ecs.list_tasks(cluster='smoke', serviceName='smoke')['taskArns']
task = ecs.describe_tasks(cluster='smoke', tasks=tasks)['tasks'][0]
details = {one['name']: one['value'] for one in task['attachments'][0]['details']}
seen['task'] = [task['lastStatus'], task['launchType'], details['subnetId'] == SUBNET]
seen['not empty'] = refusal(ecs.delete_cluster, cluster='smoke')
ecs.delete_service(cluster='smoke', service='smoke', force=True)
ecs.get_waiter('services_inactive').wait(cluster='smoke', services=['smoke'], WaiterConfig={'Delay': 1})
ecs.deregister_task_definition(taskDefinition='smoke:1')
seen['deleted'] = ecs.delete_task_definitions(taskDefinitions=['smoke:1'])['taskDefinitions'][0]['status']
seen['gone'] = ecs.delete_cluster(cluster='smoke')['cluster']['status']
print(json.dumps(seen))
