# The portal on AWS: a network, PostgreSQL, two Redis, a bucket, and containers behind a network load balancer.
# The image is infra/deploy/Dockerfile. TLS ends in Caddy (infra/deploy/Caddyfile), because companies bring domains.
terraform {
  required_version = ">= 1.7"
  required_providers {
    aws    = { source = "hashicorp/aws", version = "~> 5.80" }
    random = { source = "hashicorp/random", version = "~> 3.6" }
  }
}

provider "aws" {
  region = var.region
  default_tags { tags = { Service = var.name } }
}

module "network" {
  source = "./network"
  name   = var.name
}

module "data" {
  source          = "./data"
  name            = var.name
  network         = module.network.id
  subnets         = module.network.private_subnets
  allowed         = module.portal.security_group
  database_class  = var.database_class
  cache_node_type = var.cache_node_type
}

module "portal" {
  source       = "./portal"
  name         = var.name
  region       = var.region
  image        = var.image
  proxy_image  = var.proxy_image
  network      = module.network.id
  subnets      = module.network.private_subnets
  entry        = module.network.public_subnets
  bucket       = module.data.bucket
  web_count    = var.web_count
  worker_count = var.worker_count
  secrets      = module.data.secrets
  environment = {
    BASE_DOMAIN        = var.base_domain
    SITES_DOMAIN       = var.sites_domain
    S3_BUCKET          = module.data.bucket
    S3_REGION          = var.region
    S3_ENDPOINT_URL    = "https://s3.${var.region}.amazonaws.com"
    TRUSTED_PROXY_HOPS = "1"
    ACME_EMAIL         = var.acme_email
  }
}
