variable "name" { type = string }
variable "network" { type = string }
variable "subnets" { type = list(string) }
variable "allowed" { type = string }
variable "database_class" { type = string }
variable "cache_node_type" { type = string }

resource "random_password" "made" {
  for_each = toset(["superuser", "owner", "app", "redis", "secret_key", "hash_key", "metrics"])
  length   = 64
  special  = false
}

resource "aws_security_group" "data" {
  name   = "${var.name}-data"
  vpc_id = var.network
  dynamic "ingress" {
    for_each = [5432, 6379]
    content {
      from_port       = ingress.value
      to_port         = ingress.value
      protocol        = "tcp"
      security_groups = [var.allowed]
    }
  }
}

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnets
}

resource "aws_db_parameter_group" "this" {
  name   = "${var.name}-18"
  family = "postgres18"
  parameter {
    name         = "max_locks_per_transaction" # a portal has hundreds of relations
    value        = "2048"
    apply_method = "pending-reboot"
  }
}

resource "aws_db_instance" "this" {
  identifier                = var.name
  engine                    = "postgres"
  engine_version            = "18"
  instance_class            = var.database_class
  allocated_storage         = 50
  max_allocated_storage     = 1000
  storage_encrypted         = true
  multi_az                  = true
  db_name                   = "portal"
  username                  = "postgres"
  password                  = random_password.made["superuser"].result
  db_subnet_group_name      = aws_db_subnet_group.this.name
  parameter_group_name      = aws_db_parameter_group.this.name
  vpc_security_group_ids    = [aws_security_group.data.id]
  backup_retention_period   = 14
  deletion_protection       = true
  final_snapshot_identifier = "${var.name}-final"
}

resource "aws_elasticache_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnets
}

locals { redis = { cache = "allkeys-lru", broker = "noeviction" } } # jobs never make room for cached values

resource "aws_elasticache_parameter_group" "this" {
  for_each = local.redis
  name     = "${var.name}-${each.key}"
  family   = "redis7"
  parameter {
    name  = "maxmemory-policy"
    value = each.value
  }
}

resource "aws_elasticache_replication_group" "this" {
  for_each                   = local.redis
  replication_group_id       = "${var.name}-${each.key}"
  description                = "${var.name} ${each.key}"
  engine                     = "redis"
  engine_version             = "7.1"
  node_type                  = var.cache_node_type
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  transit_encryption_enabled = true
  at_rest_encryption_enabled = true
  auth_token                 = random_password.made["redis"].result
  parameter_group_name       = aws_elasticache_parameter_group.this[each.key].name
  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [aws_security_group.data.id]
  snapshot_retention_limit   = each.key == "broker" ? 3 : 0
}

resource "aws_s3_bucket" "files" { bucket_prefix = "${var.name}-files-" }

resource "aws_s3_bucket_public_access_block" "files" {
  bucket                  = aws_s3_bucket.files.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "files" {
  bucket = aws_s3_bucket.files.id
  versioning_configuration { status = "Enabled" }
}

resource "aws_iam_user" "files" { name = "${var.name}-files" }

resource "aws_iam_user_policy" "files" {
  user = aws_iam_user.files.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["s3:ListBucket"], Resource = aws_s3_bucket.files.arn },
      { Effect = "Allow", Action = ["s3:*Object"], Resource = "${aws_s3_bucket.files.arn}/*" },
    ]
  })
}

resource "aws_iam_access_key" "files" { user = aws_iam_user.files.name }

locals {
  database = "${aws_db_instance.this.endpoint}/portal?sslmode=require"
  redis_at = { for key, group in aws_elasticache_replication_group.this : key =>
  "rediss://:${random_password.made["redis"].result}@${group.primary_endpoint_address}:6379" }
  values = {
    DATABASE_URL       = "postgresql://portal_app:${random_password.made["app"].result}@${local.database}"
    DATABASE_OWNER_URL = "postgresql://portal_owner:${random_password.made["owner"].result}@${local.database}"
    REDIS_URL          = "${local.redis_at["cache"]}/0"
    REDIS_LIVE_URL     = "${local.redis_at["cache"]}/1"
    REDIS_BROKER_URL   = "${local.redis_at["broker"]}/0"
    SECRET_KEY         = random_password.made["secret_key"].result
    PORTALS_HASH_KEY   = random_password.made["hash_key"].result
    METRICS_TOKEN      = random_password.made["metrics"].result
    S3_ACCESS_KEY      = aws_iam_access_key.files.id
    S3_SECRET_KEY      = aws_iam_access_key.files.secret
    EMAIL_URL          = "smtp+tls://set-me:set-me@mail.example.com:587" # replaced by hand, kept by ignore_changes
  }
}

resource "aws_ssm_parameter" "this" {
  for_each = toset(keys(local.values))
  name     = "/${var.name}/${each.key}"
  type     = "SecureString"
  value    = local.values[each.key]
  lifecycle { ignore_changes = [value] } # keys rotate without this file (SECRET_KEY_FALLBACKS)
}

output "bucket" { value = aws_s3_bucket.files.bucket }
output "database_host" { value = aws_db_instance.this.address }
output "secrets" { value = { for name, parameter in aws_ssm_parameter.this : name => parameter.arn } }
