"""ARM JSON to the model, with errors that name the path. No IO.

Accepts `addressPrefix` and `addressPrefixes`, any casing of ids and names, and missing optional properties. IPv6
prefixes are left out: kubenet's rules are about IPv4, and what is dual stack is told by the request.
"""
