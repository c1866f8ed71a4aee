variable "name" { type = string }
variable "region" { type = string }
variable "image" { type = string }
variable "proxy_image" { type = string }
variable "network" { type = string }
variable "subnets" { type = list(string) }
variable "entry" { type = list(string) }
variable "bucket" { type = string }
variable "web_count" { type = number }
variable "worker_count" { type = number }
variable "environment" { type = map(string) }
variable "secrets" { type = map(string) }

locals {
  # Web and live share a task with the proxy, which ends TLS; certificates are kept on a shared disk.
  tasks = {
    web = { count = var.web_count, cpu = 1024, memory = 2048, containers = [
      { name = "web", image = var.image, command = null, ports = [8000] },
      { name = "live", image = var.image, command = ["python", "manage.py", "live", "--port", "8001"], ports = [8001] },
      { name = "proxy", image = var.proxy_image, command = null, ports = [80, 443] },
    ] }
    worker = { count = var.worker_count, cpu = 1024, memory = 2048, containers = [{
      name = "worker", image = var.image, ports = [],
      command = ["celery", "--app", "saas.celery", "worker", "--queues", "quick,default"],
    }] }
    worker_long = { count = 1, cpu = 1024, memory = 2048, containers = [{
      name = "worker-long", image = var.image, ports = [],
      command = ["celery", "--app", "saas.celery", "worker", "--queues", "long"],
    }] }
    beat = { count = 1, cpu = 256, memory = 512, containers = [{
      name = "beat", image = var.image, ports = [], command = ["celery", "--app", "saas.celery", "beat"],
    }] }
    migrate = { count = 0, cpu = 1024, memory = 2048, containers = [{
      name = "migrate", image = var.image, ports = [], command = ["python", "manage.py", "migrate_portals"],
    }] }
  }
}

resource "aws_security_group" "portal" {
  name   = "${var.name}-portal"
  vpc_id = var.network
  dynamic "ingress" {
    for_each = [80, 443]
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
  ingress {
    from_port = 2049
    to_port   = 2049
    protocol  = "tcp"
    self      = true
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_efs_file_system" "certificates" { encrypted = true }

resource "aws_efs_mount_target" "certificates" {
  count           = length(var.subnets)
  file_system_id  = aws_efs_file_system.certificates.id
  subnet_id       = var.subnets[count.index]
  security_groups = [aws_security_group.portal.id]
}

resource "aws_cloudwatch_log_group" "this" {
  name              = var.name
  retention_in_days = 30
}

resource "aws_iam_role" "start" {
  name = "${var.name}-start"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "start" {
  role = aws_iam_role.start.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["ssm:GetParameters"], Resource = values(var.secrets) },
      { Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = "${aws_cloudwatch_log_group.this.arn}:*" },
      { Effect = "Allow", Action = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], Resource = "*" },
    ]
  })
}

resource "aws_ecs_cluster" "this" { name = var.name }

resource "aws_ecs_task_definition" "this" {
  for_each                 = local.tasks
  family                   = "${var.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = each.value.cpu
  memory                   = each.value.memory
  execution_role_arn       = aws_iam_role.start.arn
  volume {
    name = "certificates"
    efs_volume_configuration {
      file_system_id     = aws_efs_file_system.certificates.id
      transit_encryption = "ENABLED"
    }
  }
  container_definitions = jsonencode([for one in each.value.containers : {
    name         = one.name
    image        = one.image
    command      = one.command
    essential    = true
    stopTimeout  = 60
    portMappings = [for port in one.ports : { containerPort = port }]
    mountPoints  = one.name == "proxy" ? [{ sourceVolume = "certificates", containerPath = "/data" }] : []
    environment  = [for name, value in merge(var.environment, { WEB = "127.0.0.1:8000", LIVE = "127.0.0.1:8001" }) : { name = name, value = value }]
    secrets      = one.name == "proxy" ? [] : [for name, arn in var.secrets : { name = name, valueFrom = arn }]
    logConfiguration = { logDriver = "awslogs", options = {
      awslogs-group = aws_cloudwatch_log_group.this.name, awslogs-region = var.region, awslogs-stream-prefix = each.key
    } }
  }])
}

resource "aws_lb" "this" {
  name               = var.name
  load_balancer_type = "network"
  subnets            = var.entry
}

resource "aws_lb_target_group" "this" {
  for_each    = { http = 80, https = 443 }
  name        = "${var.name}-${each.key}"
  port        = each.value
  protocol    = "TCP"
  target_type = "ip"
  vpc_id      = var.network

  preserve_client_ip = true
}

resource "aws_lb_listener" "this" {
  for_each          = aws_lb_target_group.this
  load_balancer_arn = aws_lb.this.arn
  port              = each.value.port
  protocol          = "TCP"
  default_action {
    type             = "forward"
    target_group_arn = each.value.arn
  }
}

resource "aws_ecs_service" "this" {
  for_each        = { for name, task in local.tasks : name => task if task.count > 0 }
  name            = each.key
  cluster         = aws_ecs_cluster.this.id
  task_definition = aws_ecs_task_definition.this[each.key].arn
  desired_count   = each.value.count
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = var.subnets
    security_groups = [aws_security_group.portal.id]
  }
  dynamic "load_balancer" {
    for_each = each.key == "web" ? aws_lb_target_group.this : {}
    content {
      target_group_arn = load_balancer.value.arn
      container_name   = "proxy"
      container_port   = load_balancer.value.port
    }
  }
}

output "address" { value = aws_lb.this.dns_name }
output "security_group" { value = aws_security_group.portal.id }
