# noanswer on AWS, as lambda/deploy/README.md describes it: one stack of template.yaml, which stands beside this file. A prober
# for each region, and one coordinator; use the module once for each, with the region's provider.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.0" }
  }
}

variable "role" {
  description = "prober or coordinator"
  type        = string
  default     = "prober"
}

variable "zip" {
  description = "The path of noanswer-VERSION-lambda-ARCH.zip"
  type        = string
}

variable "arch" {
  description = "arm64 or x86_64: that of the zip"
  type        = string
  default     = "arm64"
}

variable "bucket" {
  description = "A bucket of this region, for the function's code"
  type        = string
}

variable "parameters" {
  description = "Further parameters of template.yaml by name: Shape, Nat, Place, ProberArns, Vantages, Public, …"
  type        = map(string)
  default     = {}
}

resource "aws_s3_object" "code" {
  bucket = var.bucket
  key    = "noanswer-${filesha256(var.zip)}.zip"
  source = var.zip
}

resource "aws_cloudformation_stack" "noanswer" {
  name          = "noanswer-${var.role}"
  template_body = file("${path.module}/template.yaml")
  capabilities  = ["CAPABILITY_IAM"]
  parameters = merge(var.parameters, {
    Role       = var.role
    Arch       = var.arch
    CodeBucket = aws_s3_object.code.bucket
    CodeKey    = aws_s3_object.code.key
  })
}

output "function_url" {
  value = aws_cloudformation_stack.noanswer.outputs["FunctionUrl"]
}

output "function_arn" {
  value = aws_cloudformation_stack.noanswer.outputs["FunctionArn"]
}

output "elastic_ip" {
  description = "Port 25 is to be opened for this address; of the shape vpc"
  value       = lookup(aws_cloudformation_stack.noanswer.outputs, "ElasticIp", null)
}
