variable "name" {
  type    = string
  default = "portal"
}
variable "region" {
  type    = string
  default = "eu-central-1"
}
variable "base_domain" {
  type        = string
  description = "The service's own host; portals are its subdomains."
}
variable "sites_domain" {
  type        = string
  description = "Published sites are subdomains of this one; it must be another registrable domain."
}
variable "acme_email" {
  type        = string
  description = "Where the certificate authority writes to."
}
variable "image" {
  type        = string
  description = "infra/deploy/Dockerfile, built and pushed."
}
variable "proxy_image" {
  type        = string
  description = "caddy:2 with infra/deploy/Caddyfile in it."
}
variable "database_class" {
  type    = string
  default = "db.m7g.large"
}
variable "cache_node_type" {
  type    = string
  default = "cache.t4g.small"
}
variable "web_count" {
  type    = number
  default = 2
}
variable "worker_count" {
  type    = number
  default = 2
}
