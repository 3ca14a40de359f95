"""What moto's CloudFormation lacks of the template, on moto's own back ends.

moto 5.2.5 has function URLs, egress-only gateways, IPv6 blocks of a VPC and updates of functions in its APIs, and not in
its CloudFormation; it would skip these resources with a warning. It has no Fn::Cidr and no {{resolve:ssm:…}}. The
template is the real one all the same: what is missing is taught to moto here, and nothing is taken from the template.

NOANSWER_TEST_API=URL makes URL the coordinator's function URL: moto has nobody there, the test has.
"""

import ipaddress
import os
import re

from moto.awslambda.models import LambdaFunction, lambda_backends
from moto.cloudformation import parsing
from moto.cloudformation.models import Stack
from moto.core.common_models import CloudFormationModel
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.ec2.models import ec2_backends
from moto.ec2.models.elastic_ip_addresses import ElasticAddress
from moto.ec2.models.internet_gateways import InternetGateway
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.subnets import SubnetRouteTableAssociation
from moto.ssm import ssm_backends

__name__ = "moto.cloudformation.more"  # moto files its resources by their module


class Resource:
    """A resource with an id, and attributes for Fn::GetAtt."""

    attributes = ()

    def __init__(self, identifier, values=None):
        self.physical_resource_id = identifier
        self.values = values or {}

    @staticmethod
    def cloudformation_name_type():
        return ""

    @classmethod
    def has_cfn_attr(cls, attr):
        return attr in cls.attributes

    def get_cfn_attribute(self, name):
        return self.values[name]

    def is_created(self):
        return True


class FunctionUrl(Resource, CloudFormationModel):
    attributes = ("FunctionUrl", "FunctionArn")

    @staticmethod
    def cloudformation_type():
        return "AWS::Lambda::Url"

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        properties = cloudformation_json["Properties"]
        backend = lambda_backends[account_id][region_name]
        arn = properties["TargetFunctionArn"]
        config = backend.create_function_url_config(arn, properties)
        config.url += "/"
        if arn.endswith("-coordinator"):
            config.url = os.environ.get("NOANSWER_TEST_API", config.url)
        return cls(arn, {"FunctionUrl": config.url, "FunctionArn": arn})

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
    ):
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
        backend = lambda_backends[account_id][region_name]
        # With its function goes its URL.
        if any(function.function_arn == resource_name for function in backend.list_functions()):
            backend.delete_function_url_config(resource_name)


class EgressOnlyGateway(Resource, CloudFormationModel):
    @staticmethod
    def cloudformation_type():
        return "AWS::EC2::EgressOnlyInternetGateway"

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        backend = ec2_backends[account_id][region_name]
        return cls(backend.create_egress_only_internet_gateway(cloudformation_json["Properties"]["VpcId"]).id)

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
        ec2_backends[account_id][region_name].delete_egress_only_internet_gateway(resource_name)


class VpcCidrBlock(Resource, CloudFormationModel):
    @staticmethod
    def cloudformation_type():
        return "AWS::EC2::VPCCidrBlock"

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        properties = cloudformation_json["Properties"]
        backend = ec2_backends[account_id][region_name]
        made = backend.associate_vpc_cidr_block(
            properties["VpcId"], None, properties["AmazonProvidedIpv6CidrBlock"]
        )
        return cls(made["association_id"])

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
        pass  # the block goes with its VPC


def update_function(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
    """A function is updated in its place, as AWS does; moto would not know how."""
    properties = cloudformation_json["Properties"]
    original_resource.update_function_code({**properties["Code"], "Publish": False})
    original_resource.update_configuration(
        {key: properties[key] for key in ("Environment", "MemorySize", "Timeout") if key in properties}
    )
    return original_resource


LambdaFunction.update_from_cloudformation_json = classmethod(update_function)

# It has no properties, so nothing of it changes; moto writes empty ones into the template that it keeps, takes that for a
# change, and would make another.
InternetGateway.update_from_cloudformation_json = classmethod(lambda cls, original_resource, **_: original_resource)

create_table = Table.create_from_cloudformation_json


def create_table_with_ttl(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
    """A table whose items end, where the template says so; moto's API knows it, its CloudFormation passes it over."""
    table = create_table(resource_name, cloudformation_json, account_id, region_name, **kwargs)
    if ttl := cloudformation_json["Properties"].get("TimeToLiveSpecification"):
        dynamodb_backends[account_id][region_name].update_time_to_live(table.name, ttl)
    return table


Table.create_from_cloudformation_json = classmethod(create_table_with_ttl)


def deleting(resource_class, delete):
    """What moto makes for a stack, and would leave behind when the stack is deleted."""
    resource_class.delete = lambda self, account_id, region_name: delete(self, ec2_backends[account_id][region_name])


def disassociate(association, backend):
    table = backend.get_route_table(association.route_table_id)
    for identifier, subnet in list(table._associations.items()):
        if subnet == association.subnet_id:
            backend.disassociate_route_table(identifier)


def detach_and_delete(gateway, backend):
    if gateway.vpc:
        backend.detach_internet_gateway(gateway.id, gateway.vpc.id)
    backend.delete_internet_gateway(gateway.id)


deleting(ElasticAddress, lambda address, backend: backend.release_address(address=address.public_ip))
deleting(InternetGateway, detach_and_delete)
deleting(NatGateway, lambda gateway, backend: backend.delete_nat_gateway(gateway.id))
deleting(RouteTable, lambda table, backend: backend.delete_route_table(table.id))
deleting(SubnetRouteTableAssociation, disassociate)

clean_json = parsing.clean_json


def clean(value, resources):
    """Fn::Cidr, a VPC's IPv6 blocks and {{resolve:ssm:…}}, beside all that moto knows."""
    if isinstance(value, dict) and "Fn::Cidr" in value:
        block, count, bits = (clean(part, resources) for part in value["Fn::Cidr"])
        network = ipaddress.ip_network(block)
        subnets = network.subnets(new_prefix=network.max_prefixlen - int(bits))
        return [str(subnet) for subnet, _ in zip(subnets, range(int(count)))]
    if isinstance(value, dict) and value.get("Fn::GetAtt", [None, None])[1] == "Ipv6CidrBlocks":
        name = value["Fn::GetAtt"][0]
        # moto makes what is referred to before what is depended on: the block is asked for by its type.
        for other, resource in resources._resource_json_map.items():
            if resource["Type"] == VpcCidrBlock.cloudformation_type():
                _ = resources[other]
        vpc = resources[name]
        return [block["cidr_block"] for block in vpc.get_cidr_block_association_set(ipv6=True)]
    if isinstance(value, dict) and "Fn::GetAZs" in value:
        return [f"{resources._region_name}{zone}" for zone in "ab"]
    if isinstance(value, str) and (found := re.fullmatch(r"\{\{resolve:ssm:([^}]+)\}\}", value)):
        backend = ssm_backends[resources._account_id][resources._region_name]
        return backend.get_parameter(found[1]).value
    return clean_json(value, resources)


parsing.clean_json = clean




def rolling_back(change, method, after):
    """A change that fails is rolled back, and the stack's events say why: as in AWS, and not yet in moto."""

    def changed(stack, *arguments, **named):
        try:
            method(stack, *arguments, **named)
        except Exception as error:
            reason = getattr(error, "description", None) or getattr(error, "message", None) or str(error)
            stack._add_stack_event(f"{change}_FAILED", resource_status_reason=reason)
            if change == "CREATE":
                stack.resource_map.delete()
            stack.output_map = parsing.OutputMap(stack.resource_map, {}, stack.stack_id)
            stack.status = after
            stack._add_stack_event(after)

    return changed


Stack.create_resources = rolling_back("CREATE", Stack.create_resources, "ROLLBACK_COMPLETE")
Stack.update = rolling_back("UPDATE", Stack.update, "UPDATE_ROLLBACK_COMPLETE")


def delete_backwards(resources):
    """What was made last goes first, as in AWS; moto takes what comes, and gives up where that does not go."""
    for name in reversed([name for name in resources._parsed_resources if name in resources._resource_json_map]):
        resources._delete_resource(resources._parsed_resources[name], resources._resource_json_map[name])
        del resources._parsed_resources[name]


parsing.ResourceMap.delete = delete_backwards
