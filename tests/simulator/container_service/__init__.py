"""Microsoft.ContainerService: managed clusters, what they refuse, and the nodes and routes they make."""
