"""How the rows of `account.py` become an account in a running emulator.

base.py       clients, controls, the ARNs of what was made
settings.py   what an account has beside its resources: organization, root user, trail, AWS Config, opt-ins, reports
resources.py  keys, vaults, buckets, tables, volumes, file systems, instances
policies.py   policies of buckets
plans.py      backup plans and restore-testing plans
evidence.py   recovery points, jobs and runs
"""
