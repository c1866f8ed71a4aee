output "point_the_domains_here" {
  description = "base_domain, *.base_domain and *.sites_domain are CNAME (or ALIAS) records for this name."
  value       = module.portal.address
}
output "after_the_first_apply" {
  description = "The two database roles are made once, from inside the network."
  value       = "infra/deploy/roles.sh with PGHOST=${module.data.database_host}; then run the task ${var.name}-migrate"
}
