"""Looks into the AWS of AWS_ENDPOINT_URL and prints JSON; changes it where a test wants trouble.

look.py left REGION…             everything that a deployment could have left, by region; {} when there is nothing
look.py function REGION NAME     a function's configuration, its code's hash, its URL's, and its role's statements
look.py table REGION             the table's keys, TTL and billing
look.py log-group REGION NAME    the group's retention
look.py occupy REGION GROUP      makes a log group, so that a stack that wants to make it fails
look.py release REGION GROUP     and removes it
"""

import ast
import json
import sys

import boto3


def names(answer, key, field):
    return [one if field is None else one[field] for one in answer[key]]


def in_region(region):
    client = lambda service: boto3.client(service, region_name=region)  # noqa: E731
    ec2, cfn = client("ec2"), client("cloudformation")
    live = [s for s in cfn.list_stacks()["StackSummaries"] if s["StackStatus"] != "DELETE_COMPLETE"]
    instances = [i for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    vpcs = [vpc for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]]
    default = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if vpc["IsDefault"]]
    of_ours = lambda things: [thing for thing in things if thing.get("VpcId") not in default]  # noqa: E731
    found = {
        "stacks": [stack["StackName"] for stack in live],
        "functions": names(client("lambda").list_functions(), "Functions", "FunctionName"),
        "log groups": names(client("logs").describe_log_groups(), "logGroups", "logGroupName"),
        "tables": names(client("dynamodb").list_tables(), "TableNames", None),
        "parameters": [
            name
            for name in names(client("ssm").describe_parameters(), "Parameters", "Name")
            if not name.startswith("/aws/service/")
        ],
        "addresses": names(ec2.describe_addresses(), "Addresses", "PublicIp"),
        "instances": [i["InstanceId"] for i in instances if i["State"]["Name"] != "terminated"],
        "gateways": [
            gateway["NatGatewayId"]
            for gateway in ec2.describe_nat_gateways()["NatGateways"]
            if gateway["State"] != "deleted"
        ],
        "egress-only gateways": names(
            ec2.describe_egress_only_internet_gateways(), "EgressOnlyInternetGateways", "EgressOnlyInternetGatewayId"
        ),
        "internet gateways": names(ec2.describe_internet_gateways(), "InternetGateways", "InternetGatewayId"),
        "vpcs": [vpc["VpcId"] for vpc in vpcs],
        "subnets": [s["SubnetId"] for s in of_ours(ec2.describe_subnets()["Subnets"])],
        "route tables": [t["RouteTableId"] for t in of_ours(ec2.describe_route_tables()["RouteTables"])],
        "security groups": [g["GroupName"] for g in of_ours(ec2.describe_security_groups()["SecurityGroups"])],
    }
    return {kind: things for kind, things in found.items() if things}


def everywhere():
    iam, s3 = boto3.client("iam"), boto3.client("s3", region_name="us-east-1")
    found = {
        "roles": names(iam.list_roles(), "Roles", "RoleName"),
        "policies": names(iam.list_policies(Scope="Local"), "Policies", "PolicyName"),
        "buckets": names(s3.list_buckets(), "Buckets", "Name"),
    }
    return {kind: things for kind, things in found.items() if things}


def left(*regions):
    found = {region: in_region(region) for region in regions} | {"account": everywhere()}
    return {where: things for where, things in found.items() if things}


def function(region, name):
    client, iam = boto3.client("lambda", region_name=region), boto3.client("iam")
    found = client.get_function(FunctionName=name)
    configuration = found["Configuration"]
    role = configuration["Role"].rsplit("/", 1)[1]
    statements = []
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        # moto keeps a role's own policies as Python writes them.
        statements += (ast.literal_eval(document) if isinstance(document, str) else document)["Statement"]
    url = client.get_function_url_config(FunctionName=name)
    return {
        "environment": configuration["Environment"]["Variables"],
        "hash": configuration["CodeSha256"],
        "subnets": configuration.get("VpcConfig", {}).get("SubnetIds", []),
        "concurrency": found.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
        "url": {key: url.get(key) for key in ("FunctionUrl", "AuthType", "InvokeMode")},
        "statements": statements,
        "boundary": iam.get_role(RoleName=role)["Role"].get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
    }


def table(region):
    client = boto3.client("dynamodb", region_name=region)
    [name] = client.list_tables()["TableNames"]
    described = client.describe_table(TableName=name)["Table"]
    return {
        "name": name,
        "keys": described["KeySchema"],
        "billing": described["BillingModeSummary"]["BillingMode"],
        "ttl": client.describe_time_to_live(TableName=name)["TimeToLiveDescription"],
    }


def log_group(region, name):
    groups = boto3.client("logs", region_name=region).describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return [group.get("retentionInDays") for group in groups if group["logGroupName"] == name]


def occupy(region, group):
    boto3.client("logs", region_name=region).create_log_group(logGroupName=group)


def release(region, group):
    boto3.client("logs", region_name=region).delete_log_group(logGroupName=group)


what = {
    "left": left,
    "function": function,
    "table": table,
    "log-group": log_group,
    "occupy": occupy,
    "release": release,
}
print(json.dumps(what[sys.argv[1]](*sys.argv[2:]), default=str))
